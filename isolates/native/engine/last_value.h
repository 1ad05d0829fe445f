// What a REPL keeps for its user.
#pragma once
#include "engine/v8_scopes.h"

namespace isolates::engine {

class Isolate;

enum class LastValue { kResult, kError };

/// Makes the value the context's `_` or `_error`, in a supervised isolate. From the moment that it is
/// something else than was kept there, that global is the user's and left alone. What has a negative mark is
/// not kept. Nothing of the user's runs.
void keep_last(Isolate& isolate, Local context, LastValue which, Local value);

}  // namespace isolates::engine
