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
///
/// Who pays: every isolate for the copies that its JavaScript holds (an object, a copyInto(), a call on its
/// way), once for each copy, wherever that was made; so it makes no difference by whose hands it went. Copies
/// that Python has made of its own values are Python's alone, which chooses what to give: for these an
/// isolate pays a record. What Python holds counts nowhere but in `total_bytes`. A copy inside of another is
/// paid for as a part of that.
class ExternalCopy final : public Transferable {
 public:
  /// A primitive, what crosses as itself, a long string, or anything else that structured clone takes.
  using Content = std::variant<Value, std::shared_ptr<const SharedText>>;

  /// Inside the isolate. Getters of the value may run.
  static std::variant<std::shared_ptr<const ExternalCopy>, Failure> of(Isolate& isolate, Local context,
                                                                       Local value,
                                                                       const CopyOptions& options,
                                                                       Profile profile);
  enum class Maker : uint8_t { kJavaScript, kHost };
  ExternalCopy(Content content, Profile profile, Maker maker = Maker::kJavaScript);
  ~ExternalCopy() override;

  const Content& content() const { return content_; }
  /// Null if it has none.
  const Copy* copy() const;
  /// Inside: the value there.
  std::variant<Local, Failure> to_local(Isolate& isolate, Local context, CopyBuffers buffers) const;

  /// The one that a value is or copies from, or null.
  static std::shared_ptr<const ExternalCopy> in(const Value& value);
  /// Others in it, in these, and so on, are so many levels: destroying them is a recursion.
  int depth() const { return depth_; }
  static constexpr int kDeepest = 64;
  static Failure too_deep();
  /// It may be destroyed in a collection.
  bool is_plain() const;

  /// What holding it costs an isolate: what all holders there share (false: over the payer's limit), and the
  /// rest, which counts for each.
  bool share_with(ArrayBuffers& payer, std::vector<Share>& shares) const;
  size_t loose_bytes() const;

  /// README's totalExternalSize: what all copies of the process hold.
  static size_t total_bytes() { return ArrayBuffers::of_host().allocated_bytes(); }

 private:
  /// The bytes that are no buffer and lie at an address of their own; those of short primitives do not.
  LedgerMemory block() const;
  size_t weight() const;
  void nest(const Value& value);

  const Content content_;
  const Maker maker_;
  int depth_ = 0;
  size_t nested_bytes_ = 0;    // the weight of copies in it
  size_t bytes_ = 0;           // without its buffers, which are counted by themselves
  std::vector<Share> shares_;  // in shared memory
};

}  // namespace isolates::engine
