// A value inside an isolate, held from outside.
#pragma once
#include <memory>

#include "engine/isolate.h"

namespace isolates::engine {

/// Keeps its isolate, and the value in it, alive. Made inside the isolate; may be dropped on any thread at
/// any time, also while the isolate is busy or gone: the slot is freed by whoever is inside next.
/// Each counts in Isolate::reference_count until it is dropped, unless it only accompanies another one.
class RemoteHandle {
 public:
  enum class Count : bool { kNo, kYes };
  RemoteHandle(Isolate& isolate, Local value, Count count = Count::kYes)
      : isolate_(isolate.shared_from_this()),
        slot_(isolate.new_handle(value)),
        counted_(count == Count::kYes) {
    if (counted_) isolate_->count_handle(1);
  }
  ~RemoteHandle() {
    if (counted_) isolate_->count_handle(-1);
    isolate_->release_handle(slot_);
  }
  RemoteHandle(const RemoteHandle&) = delete;
  RemoteHandle& operator=(const RemoteHandle&) = delete;

  const std::shared_ptr<Isolate>& isolate() const { return isolate_; }
  bool is_counted() const { return counted_; }
  /// Only inside the isolate.
  Local local() const { return slot_; }

 private:
  const std::shared_ptr<Isolate> isolate_;
  const Local slot_;
  const bool counted_;
};

}  // namespace isolates::engine
