// V8's symbols for what a call leaves behind in V8's lock. See v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

bool isolate_has_pending_exception(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate19HasPendingExceptionEv");

}  // namespace isolates::v8abi
