// V8's symbols for what is thrown and shown (engine/thrown_place.h, last_value.h); see v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

inline constexpr char kThrowSymbol[] =
    "_ZN2v88internal7Isolate5ThrowENS0_6TaggedINS0_6ObjectEEEPNS0_15MessageLocationE";

extern "C" {
/// What V8 throws with. `location` may be null; v8::internal::Isolate is v8::Isolate.
Address isolate_throw_value(V8Isolate*, Address exception, void* location)
    V8_SYMBOL("_ZN2v88internal7Isolate5ThrowENS0_6TaggedINS0_6ObjectEEEPNS0_15MessageLocationE");
bool value_same(Local, Local other) V8_SYMBOL("_ZNK2v85Value9SameValueENS_5LocalIS0_EE");
}

}  // namespace isolates::v8abi
