// What Python is told about an isolate.
#pragma once
#include "bind/arguments.h"
#include "engine/isolate.h"

namespace isolates::bind {

/// By `on_catastrophic_error`, `on_dispose` and `on_unhandled_rejection`. They are called on any thread,
/// without locks of the engine; what they raise goes to sys.unraisablehook.
engine::IsolateHooks make_hooks(const Arguments& arguments);

}  // namespace isolates::bind
