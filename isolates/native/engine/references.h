// Which handles outside hold values of an isolate, and letting go of them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/grip.h"

namespace isolates::engine {

class RemoteHandle;

/// "Reference", "Callback", "Context", "Script", "Module", or "Internal": what calls under way and the host's
/// own machinery hold.
struct ReferenceGroup {
  std::string kind;
  std::string type;                 // `typeof`, where it is known
  std::shared_ptr<Isolate> holder;  // null: the host
  int64_t count = 0;
};

/// All of them together: Isolate::reference_count(). Of a value that several hold the host counts, or else
/// one of them. Waits for nobody; any thread.
std::vector<ReferenceGroup> references_of(Isolate& isolate);

struct ReferenceFilter {
  std::optional<std::string> kind;
  std::optional<std::string> type;
  std::optional<std::shared_ptr<Isolate>> holder;
};

struct Released {
  int64_t count = 0;                      // of values
  std::vector<SharedTransferable> taken;  // to be dropped without locks
};

/// Takes the handles away from those who hold them. Calls under way keep theirs. With the host's lock held.
Released release_references(Isolate& isolate, const ReferenceFilter& filter);

/// The slot in an isolate behind what crosses as itself; null if it holds none.
const RemoteHandle* remote_of(const Transferable& held);

}  // namespace isolates::engine
