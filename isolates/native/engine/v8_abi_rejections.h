// V8's symbols that rejections.cpp needs; see v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

extern "C" {
/// Stays the same while collections move the object. A promise without properties keeps it at no cost.
int object_identity_hash(Local) V8_SYMBOL("_ZN2v86Object15GetIdentityHashEv");
}

}  // namespace isolates::v8abi
