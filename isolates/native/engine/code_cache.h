// Compiled code that is kept, so that the same source need not be compiled again.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/sealed_bytes.h"
#include "engine/transferable.h"
#include "engine/v8_abi_snapshot.h"
#include "engine/value.h"

namespace isolates::engine {

class ExternalCopy;

/// The options `produceCachedData` and `cachedData` of compiling.
struct CodeCacheRequest {
  bool produce = false;
  std::shared_ptr<const std::string> given;  // sealed; null: none
};

/// What came of them.
struct CodeCacheResult {
  std::shared_ptr<const ExternalCopy> produced;  // of an ArrayBuffer
  std::optional<bool> rejected;                  // only if data was given
};

/// Around one compilation of a script or a module, on the stack of its operation.
///
/// V8 itself takes data for any source of the same length and would run it, so the bytes are sealed together
/// with a checksum of the source. A script's are of another kind than a module's, as the same text means
/// other code there.
class CodeCache {
 public:
  enum class Of : uint8_t { kScript, kModule };
  CodeCache(Of what, const CodeCacheRequest& request, const TextView& code);
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  /// Before V8 compiles: the options for it.
  int attach(v8abi::ScriptSource& source);
  /// When it has: an UnboundScript or a Module.
  CodeCacheResult finish(v8abi::Local compiled, Profile profile);

 private:
  SealedBytes::Kind kind() const;

  const Of what_;
  const CodeCacheRequest& request_;
  const uint64_t source_tag_;
  std::optional<v8abi::CachedData> attached_;
};

}  // namespace isolates::engine
