// What the host holds for the JavaScript of an isolate, and what that counts there.
#pragma once
#include <memory>
#include <vector>

#include "engine/array_buffers.h"
#include "engine/memory_ledger.h"
#include "engine/value.h"

namespace isolates::engine {

/// What a call carries with it, or an object is to hold, roughly.
struct Holding {
  size_t bytes = 0;
  std::vector<std::shared_ptr<const Copy>> copies;  // of which these are the buffers alone
  std::vector<std::shared_ptr<const ExternalCopy>> external_copies;

  void add(const Value& value);
  void add(const Text& text) { bytes += text.units.size(); }
  void add(const Thrown& thrown);
};

/// The call's own records, here and at the host.
inline constexpr size_t kCallBytes = 512;

/// Counts against the isolate's memory limit while it lives: JavaScript may call faster than it is answered,
/// and copies lie outside its heap, so nothing else would stop it. What several hold of one isolate's copies
/// counts there once, and no more when another isolate has taken it (MemoryLedger). Dropped on any thread,
/// also after the isolate's end and in a collection.
class HeldMemory {
 public:
  /// Null: it does not fit. Any thread.
  static std::shared_ptr<HeldMemory> take(Isolate& isolate, const Holding& holding);
  /// Inside, the same; collects garbage where that may help. For copies it always may: V8 does not know that
  /// small objects hold them. For calls that are refused one by one it would cost more than they do.
  static std::shared_ptr<HeldMemory> take_or_collect(Isolate& isolate, const Holding& holding);
  ~HeldMemory();
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;

 private:
  HeldMemory(ArrayBuffers& account, size_t bytes) : account_(account), bytes_(bytes) {}

  ArrayBuffers& account_;
  const size_t bytes_;
  std::vector<Share> shares_;
};

/// A call with these arguments.
Holding call_with(const std::vector<Value>& arguments);

/// RangeErrors, which can be caught inside.
Failure too_much_queued();
Failure too_much_copied();

}  // namespace isolates::engine
