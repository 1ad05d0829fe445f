// Whether V8's memory is as v8_abi_buffers.h says.
#pragma once
#include "engine/isolate.h"

namespace isolates::engine {

/// Inside, in an entered context of `isolate`. `eval` runs a script there.
bool check_buffers(Isolate& isolate, Local context, Local (*eval)(void* self, const char* code), void* self);

}  // namespace isolates::engine
