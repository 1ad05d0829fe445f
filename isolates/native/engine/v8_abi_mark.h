// V8's symbols for what follows JavaScript through its promises (engine/mark.h); see v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

extern "C" {
/// What V8 saves with a promise reaction and restores in its job. Makes a handle.
Local isolate_continuation_data(V8Isolate*)
    V8_SYMBOL("_ZN2v87Isolate36GetContinuationPreservedEmbedderDataEv");
/// Empty: undefined, which is what it is at first and after each job.
void isolate_set_continuation_data(V8Isolate*, Local)
    V8_SYMBOL("_ZN2v87Isolate36SetContinuationPreservedEmbedderDataENS_5LocalINS_5ValueEEE");
}

}  // namespace isolates::v8abi
