// Promises of JavaScript, seen from outside.
#pragma once
#include <memory>

#include "engine/convert.h"

namespace isolates::engine {

/// Listens to one promise. Owned by its isolate; freed when the promise settles, when V8 has collected all
/// that could settle it, or with the heap: in the last two cases the promise is abandoned.
struct PromiseWatch {
  Isolate* isolate;
  std::shared_ptr<Settlement> settlement;
  Crossing crossing;  // how the settled value crosses
  Local weak = nullptr;

  void abandon();
};

/// The outcome of `value` as a promise: at once if it is none or has settled, else Pending.
Outcome watch_promise(Isolate& isolate, Local context, Local value, Crossing crossing);

}  // namespace isolates::engine
