// V8's symbols that only programs need (engine/program.h); see v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

inline constexpr int kOwnOnly = 0;       // v8::KeyCollectionMode
inline constexpr int kSkipSymbols = 16;  // v8::PropertyFilter; all others, those that are not enumerable too
inline constexpr int kSkipIndices = 1;   // v8::IndexFilter
inline constexpr int kConvertToString = 0;  // v8::KeyConversionMode

extern "C" {
Local object_property_names(Local, Local context, int mode, int filter, int indices, int conversion)
    V8_SYMBOL(
        "_ZN2v86Object16GetPropertyNamesENS_5LocalINS_7ContextEEENS_17KeyCollectionModeENS_"
        "14PropertyFilterENS_11IndexFilterENS_17KeyConversionModeE");
int message_end_column(Local) V8_SYMBOL("_ZNK2v87Message12GetEndColumnEv");
bool promise_has_handler(Local) V8_SYMBOL("_ZNK2v87Promise10HasHandlerEv");
Local proxy_target(Local) V8_SYMBOL("_ZN2v85Proxy9GetTargetEv");
Local proxy_handler(Local) V8_SYMBOL("_ZN2v85Proxy10GetHandlerEv");
/// Empty for what is no collection and no iterator of one.
Local object_preview_entries(Local, bool* is_key_value) V8_SYMBOL("_ZN2v86Object14PreviewEntriesEPb");
Local object_new(V8Isolate*) V8_SYMBOL("_ZN2v86Object3NewEPNS_7IsolateE");
/// What `gc` is under V8's own --expose-gc.
void collect_for_javascript(const CallInfo&)
    V8_SYMBOL("_ZN2v88internal11GCExtension2GCERKNS_20FunctionCallbackInfoINS_5ValueEEE");
}

}  // namespace isolates::v8abi
