// JavaScript that can be stopped although a debugger has paused other JavaScript below it.
#pragma once
#include "engine/v8_abi_inspector.h"

namespace isolates::engine {

/// While a debugger pauses JavaScript, V8 postpones all interrupts. `Debugger.evaluateOnCallFrame` lets them
/// come through, `Runtime.evaluate` does not: it could not be stopped, by its own timeout either. On the
/// stack around what V8 does with a message in a pause.
class StoppableScope {
 public:
  explicit StoppableScope(v8abi::V8Isolate* isolate) {
    scope_.stack_guard = v8abi::stack_guard_of(isolate);
    scope_.mask = v8abi::kTerminationInterrupt | v8abi::kApiInterrupt;
    scope_.mode = v8abi::InterruptsScope::Mode::kRun;
    v8abi::stack_guard_push(scope_.stack_guard, &scope_);
  }
  ~StoppableScope() { v8abi::stack_guard_pop(scope_.stack_guard); }
  StoppableScope(const StoppableScope&) = delete;
  StoppableScope& operator=(const StoppableScope&) = delete;

 private:
  v8abi::InterruptsScope scope_;
};

}  // namespace isolates::engine
