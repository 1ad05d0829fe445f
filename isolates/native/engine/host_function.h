// Functions of the host that JavaScript can call.
#pragma once
#include <memory>
#include <vector>

#include "engine/outcome.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

/// Implemented by the binding. Called on the thread that runs the JavaScript, without the GIL, with the
/// isolate's lock held and its clocks paused. Must not throw. Dropped on any thread.
class HostCallable {
 public:
  virtual ~HostCallable() = default;
  virtual Outcome call(std::vector<Value> arguments) = 0;
};

/// One JavaScript function for one callable. Owned by its isolate; freed when V8 has collected the function,
/// or with the heap.
struct HostFunctionData {
  Isolate* isolate;
  std::shared_ptr<HostCallable> callable;
  Local weak = nullptr;

  /// Empty if V8 refuses.
  static Local make_function(Isolate& isolate, Local context, std::shared_ptr<HostCallable> callable);
};

}  // namespace isolates::engine
