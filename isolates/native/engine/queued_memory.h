// What the host holds for calls that JavaScript has made and that have not ended.
#pragma once
#include <memory>

#include "engine/array_buffers.h"
#include "engine/value.h"

namespace isolates::engine {

/// Counts against the isolate's memory limit while it lives: JavaScript may call faster than it is answered,
/// and nothing else would stop it. Dropped on any thread, also after the isolate's end.
class QueuedMemory {
 public:
  /// Null: it does not fit.
  static std::shared_ptr<QueuedMemory> take(Isolate& isolate, size_t bytes);
  ~QueuedMemory();
  QueuedMemory(const QueuedMemory&) = delete;
  QueuedMemory& operator=(const QueuedMemory&) = delete;

 private:
  QueuedMemory(ArrayBuffers& account, size_t bytes) : account_(account), bytes_(bytes) {}

  ArrayBuffers& account_;
  const size_t bytes_;
};

/// What a call with these arguments holds, roughly.
size_t queued_bytes(const std::vector<Value>& arguments);

/// A RangeError, which can be caught inside.
Failure too_much_queued();

}  // namespace isolates::engine
