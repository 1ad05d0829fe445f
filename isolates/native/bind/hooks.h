// What Python is told about an isolate.
#pragma once
#include "bind/arguments.h"
#include "engine/isolate.h"

namespace isolates::bind {

/// By `on_catastrophic_error`, `on_dispose` and `on_unhandled_rejection`. They are called on any thread,
/// without locks of the engine; what they raise goes to sys.unraisablehook.
/// What is told of rejections in a supervised isolate: called with the exception and the mark.
std::function<void(const engine::Failure&, engine::Mark)> make_rejection_hook(pybind11::object callable);

engine::IsolateHooks make_hooks(const Arguments& arguments);

}  // namespace isolates::bind
