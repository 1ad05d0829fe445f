// How V8's long work on a heap hears that it is to stop.
#pragma once
#include "engine/isolate.h"
#include "engine/v8_abi_profiler.h"

namespace isolates::engine {

/// V8 asks it now and then while it walks the heap.
class StopWhenStopped final : public v8abi::ActivityControl {
 public:
  explicit StopWhenStopped(Isolate& isolate) : isolate_(isolate) {}
  int ReportProgressValue(uint32_t, uint32_t) override {
    return isolate_.is_being_stopped() ? kAbort : kContinue;
  }

 private:
  Isolate& isolate_;
};

}  // namespace isolates::engine
