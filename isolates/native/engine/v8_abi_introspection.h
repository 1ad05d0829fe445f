// V8's symbols for looking at what is in a context (engine/introspection.h); see v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

/// std::__Cr::vector<v8::Global<v8::String>>: V8 fills it, its memory is V8's.
struct GlobalVector {
  Local* begin = nullptr;
  Local* end = nullptr;
  Local* capacity = nullptr;
};

/// v8::base::Vector<v8::Local<v8::Value>>, in two registers.
struct LocalVector {
  Local* begin;
  size_t length;
};

/// v8::ScriptOrigin, as a result in memory. Only the name is looked at.
struct ScriptOriginResult {
  Local resource_name;
  uint64_t unused[7];
};

inline constexpr int kEvaluateDefault = 0;  // v8::debug::EvaluateGlobalMode

extern "C" {
void debug_global_lexical_scope_names(Local context, GlobalVector* names) V8_SYMBOL(
    "_ZN2v85debug23GlobalLexicalScopeNamesENS_5LocalINS_7ContextEEEPNSt4__Cr6vectorINS_6GlobalINS_"
    "6StringEEENS4_9allocatorIS8_EEEE");
Local debug_evaluate_global(V8Isolate*, Local source, int mode, bool repl)
    V8_SYMBOL("_ZN2v85debug14EvaluateGlobalEPNS_7IsolateENS_5LocalINS_6StringEEENS0_18EvaluateGlobalModeEb");
Local debug_call_function_on(Local context, Local function, Local receiver, LocalVector arguments,
                             bool throw_on_side_effect)
    V8_SYMBOL(
        "_ZN2v85debug14CallFunctionOnENS_5LocalINS_7ContextEEENS1_INS_8FunctionEEENS1_INS_5ValueEEENS_"
        "4base6VectorIS7_EEb");
ScriptOriginResult function_script_origin(Local) V8_SYMBOL("_ZNK2v88Function15GetScriptOriginEv");
Local regexp_source(Local) V8_SYMBOL("_ZNK2v86RegExp9GetSourceEv");
int regexp_flags(Local) V8_SYMBOL("_ZNK2v86RegExp8GetFlagsEv");  // bits: gimyusldv
bool value_is_regexp(Local) V8_SYMBOL("_ZNK2v85Value8IsRegExpEv");
bool value_is_typed_array(Local) V8_SYMBOL("_ZNK2v85Value12IsTypedArrayEv");
bool value_is_date(Local) V8_SYMBOL("_ZNK2v85Value6IsDateEv");
bool value_is_map(Local) V8_SYMBOL("_ZNK2v85Value5IsMapEv");
bool value_is_set(Local) V8_SYMBOL("_ZNK2v85Value5IsSetEv");
int function_script_line(Local) V8_SYMBOL("_ZNK2v88Function19GetScriptLineNumberEv");
/// Of all of the isolate's contexts, as none is given another.
void* context_microtask_queue(Local context) V8_SYMBOL("_ZN2v87Context17GetMicrotaskQueueEv");
/// Where in a queue the number of its microtasks is.
extern const size_t kMicrotaskQueueSizeOffset V8_SYMBOL("_ZN2v88internal14MicrotaskQueue11kSizeOffsetE");
int function_script_column(Local) V8_SYMBOL("_ZNK2v88Function21GetScriptColumnNumberEv");
}

}  // namespace isolates::v8abi
