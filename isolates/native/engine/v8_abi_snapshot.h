// V8's symbols and layouts for startup snapshots and code caches; see v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

// v8::SnapshotCreator is a pointer to its implementation.
struct SnapshotCreator {
  void* implementation = nullptr;
};
inline constexpr int kKeepFunctionCode = 1;  // v8::SnapshotCreator::FunctionCodeHandling

// v8::ScriptCompiler::CachedData. Made and freed by V8's library alone: its memory is that library's.
struct CachedData {
  const uint8_t* data;
  int length;
  bool rejected;
  int buffer_policy;
};
inline constexpr int kBufferNotOwned = 0;
inline constexpr int kConsumeCodeCache = 1;  // v8::ScriptCompiler::CompileOptions

extern "C" {
/// Initializes an isolate that was only allocated, and leaves it entered.
void snapshot_creator_construct(SnapshotCreator*, V8Isolate*, const CreateParams*)
    V8_SYMBOL("_ZN2v815SnapshotCreatorC1EPNS_7IsolateERKNS1_12CreateParamsE");
/// Exits the isolate, which must be entered. Does not dispose it.
void snapshot_creator_destroy(SnapshotCreator*) V8_SYMBOL("_ZN2v815SnapshotCreatorD1Ev");
void snapshot_creator_set_default_context(SnapshotCreator*, Local context, CallbackPair, CallbackPair,
                                          CallbackPair)
    V8_SYMBOL(
        "_ZN2v815SnapshotCreator17SetDefaultContextENS_5LocalINS_7ContextEEENS_"
        "31SerializeInternalFieldsCallbackENS_28SerializeContextDataCallbackENS_"
        "27SerializeAPIWrapperCallbackE");
/// The data is V8's (free_from_v8).
StartupData snapshot_creator_create_blob(SnapshotCreator*, int function_code)
    V8_SYMBOL("_ZN2v815SnapshotCreator10CreateBlobENS0_20FunctionCodeHandlingE");
const StartupData* snapshot_default() V8_SYMBOL("_ZN2v88internal8Snapshot19DefaultSnapshotBlobEv");
bool snapshot_version_is_valid(const StartupData*)
    V8_SYMBOL("_ZN2v88internal8Snapshot14VersionIsValidEPKNS_11StartupDataE");
uint32_t snapshot_read_only_checksum(const StartupData*)
    V8_SYMBOL("_ZN2v88internal8Snapshot31ExtractReadOnlySnapshotChecksumEPKNS_11StartupDataE");
uint32_t flags_hash() V8_SYMBOL("_ZN2v88internal8FlagList4HashEv");
void isolate_set_fatal_error_handler(V8Isolate*, void (*)(const char* location, const char* message))
    V8_SYMBOL("_ZN2v87Isolate20SetFatalErrorHandlerEPFvPKcS2_E");
void isolate_set_oom_error_handler(V8Isolate*, void (*)(const char* location, const void* details))
    V8_SYMBOL("_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcRKNS_10OOMDetailsEE");
/// Redefines a property that is not configurable, too.
Local object_force_own_property(Local object, Local name, Local value, int attributes) V8_SYMBOL(
    "_ZN2v88internal8JSObject30SetOwnPropertyIgnoreAttributesENS0_12DirectHandleIS1_EENS2_INS0_"
    "4NameEEENS2_INS0_6ObjectEEENS0_18PropertyAttributesE");

/// Both are made by V8's operator new (free_from_v8).
CachedData* code_cache_of_script(Local unbound_script)
    V8_SYMBOL("_ZN2v814ScriptCompiler15CreateCodeCacheENS_5LocalINS_13UnboundScriptEEE");
CachedData* code_cache_of_module(Local unbound_module_script)
    V8_SYMBOL("_ZN2v814ScriptCompiler15CreateCodeCacheENS_5LocalINS_19UnboundModuleScriptEEE");
void cached_data_construct(CachedData*, const uint8_t* data, int length, int buffer_policy)
    V8_SYMBOL("_ZN2v814ScriptCompiler10CachedDataC1EPKhiNS1_12BufferPolicyE");
/// Frees the data if it owns it.
void cached_data_destroy(CachedData*) V8_SYMBOL("_ZN2v814ScriptCompiler10CachedDataD1Ev");
Local module_unbound_script(Local module) V8_SYMBOL("_ZN2v86Module22GetUnboundModuleScriptEv");
}

}  // namespace isolates::v8abi
