// Waiting, from outside, for a promise inside.
#pragma once
#include "engine/convert.h"

namespace isolates::engine {

/// The outcome of `value` if it is settled or no promise, else Pending, which settles with the promise, or as
/// kAbandoned when the promise was collected or the isolate disposed.
Outcome watch_promise(Isolate& isolate, Local context, Local value, Crossing crossing);

}  // namespace isolates::engine
