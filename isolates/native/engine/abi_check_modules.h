// Is V8 what v8_abi_modules.h says?
#pragma once
#include "engine/v8_scopes.h"

namespace isolates::engine {

class Isolate;

/// Inside, with `context` entered: compiles, links and evaluates modules of all kinds.
bool check_modules(Isolate& isolate, Local context);

}  // namespace isolates::engine
