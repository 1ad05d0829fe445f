// V8's JSON. See v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

// std::__Cr::optional<v8::ScriptOrigin>, passed by value in memory.
struct OptionalScriptOrigin {
  void* origin[5] = {};
  bool engaged = false;
};

extern "C" {
Local json_parse(Local context, Local text, OptionalScriptOrigin) V8_SYMBOL(
    "_ZN2v84JSON5ParseENS_5LocalINS_7ContextEEENS1_INS_6StringEEENSt4__Cr8optionalINS_12ScriptOriginEEE");
}

}  // namespace isolates::v8abi
