// The start of the engine: is this the V8 that v8_abi.h describes?
#pragma once
#include <string>

namespace isolates::engine {

/// Checks V8's version and, by small experiments in an isolate, each layout that v8_abi.h relies on; installs
/// the process-wide hooks. To be called once, at import, after mini-racer's library was initialised.
/// Returns what does not fit, or an empty string.
std::string start_engine();

}  // namespace isolates::engine
