// Callbacks as functions of JavaScript.
#pragma once
#include <memory>

#include "engine/callback.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

/// A new function in `context` that calls the callback. Empty if V8 refuses.
Local make_function(Isolate& isolate, Local context, std::shared_ptr<const Callback> callback);

}  // namespace isolates::engine
