// ExternalCopy: one value outside of any isolate, from which any isolate can be given a copy.
#pragma once
#include <memory>
#include <variant>
#include <vector>

#include "engine/copy.h"
#include "engine/shared_text.h"
#include "engine/transferable.h"
#include "engine/value.h"

namespace isolates::engine {

/// Immutable, but for ArrayBuffers that somebody transfers out of it. The last handle to go frees what it
/// holds; isolates that got strings or shared memory from it keep these. Any thread.
class ExternalCopy final : public Transferable {
 public:
  /// A primitive, what crosses as itself, a long string, or anything else that structured clone takes.
  using Content = std::variant<Value, std::shared_ptr<const SharedText>>;

  /// Inside the isolate. Getters of the value may run.
  static std::variant<std::shared_ptr<const ExternalCopy>, Failure> of(Isolate& isolate, Local context,
                                                                       Local value,
                                                                       const CopyOptions& options,
                                                                       Profile profile);
  ExternalCopy(Content content, Profile profile);
  ~ExternalCopy() override;

  const Content& content() const { return content_; }
  /// Null if it has none.
  const Copy* copy() const;
  /// Inside: the value there.
  std::variant<Local, Failure> to_local(Isolate& isolate, Local context, CopyBuffers buffers) const;

  /// README's totalExternalSize: what all copies of the process hold.
  static size_t total_bytes() { return ArrayBuffers::of_host().allocated_bytes(); }

 private:
  const Content content_;
  size_t bytes_ = 0;           // without its buffers, which are counted by themselves
  std::vector<Share> shares_;  // in shared memory
};

}  // namespace isolates::engine
