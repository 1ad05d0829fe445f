// The options inside `arguments` and `result`: how arguments go in, and how the result comes out.
#pragma once
#include <vector>

#include "bind/arguments.h"
#include "engine/convert.h"
#include "engine/value.h"

namespace isolates::bind {

/// By the method's own flags and by those inside `result`, which mean the same.
engine::Crossing result_crossing(const Arguments& arguments, engine::Crossing::Fallback fallback);

/// What was given as `args`, crossing as `arguments` says. Raises TransferError.
std::vector<engine::Value> argument_values(const Arguments& arguments);

}  // namespace isolates::bind
