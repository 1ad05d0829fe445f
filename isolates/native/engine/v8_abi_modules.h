// V8's symbols and layouts for modules; see v8_abi.h. The layouts are checked by abi_check_modules.cpp.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

// v8::ScriptOriginOptions, in ScriptSource::options.
inline constexpr int kIsModuleSource = 8;
// v8::Module::Status
inline constexpr int kModuleInstantiated = 2;
inline constexpr int kModuleEvaluating = 3;
inline constexpr int kModuleErrored = 5;
// A static request's attributes come as key, value, source offset; those of import() as key, value.
inline constexpr int kStaticAttributeStep = 3;
inline constexpr int kDynamicAttributeStep = 2;

struct LocalSpan {  // v8::MemorySpan<const Local<String>>, passed by its address
  const Local* data;
  size_t size;
};

using ResolveModule = Local (*)(Local context, size_t request_index, Local referrer);
using ResolveModuleSource = Local (*)(Local context, size_t request_index, Local referrer);
using SyntheticSteps = Local (*)(Local context, Local module);
using ImportModule = Local (*)(Local context, Local host_options, Local resource_name, Local specifier,
                               Local attributes);
using InitializeMeta = void (*)(Local context, Local module, Local meta);

extern "C" {
Local module_compile(V8Isolate*, ScriptSource*, int options, int no_cache_reason) V8_SYMBOL(
    "_ZN2v814ScriptCompiler13CompileModuleEPNS_7IsolateEPNS0_6SourceENS0_14CompileOptionsENS0_"
    "13NoCacheReasonE");
Local module_new_synthetic(V8Isolate*, Local name, const LocalSpan& exports, SyntheticSteps) V8_SYMBOL(
    "_ZN2v86Module21CreateSyntheticModuleEPNS_7IsolateENS_5LocalINS_6StringEEERKNS_10MemorySpanIKS5_"
    "EEPFNS_10MaybeLocalINS_5ValueEEENS3_INS_7ContextEEENS3_IS0_EEE");
Maybe<bool> module_set_export(Local, V8Isolate*, Local name, Local value) V8_SYMBOL(
    "_ZN2v86Module24SetSyntheticModuleExportEPNS_7IsolateENS_5LocalINS_6StringEEENS3_INS_5ValueEEE");
Maybe<bool> module_instantiate(Local, Local context, ResolveModule, ResolveModuleSource) V8_SYMBOL(
    "_ZN2v86Module17InstantiateModuleENS_5LocalINS_7ContextEEEPFNS_10MaybeLocalIS0_EES3_mNS1_IS0_EEEPFNS4_"
    "INS_6ObjectEEES3_mS6_E");
Local module_evaluate(Local, Local context) V8_SYMBOL("_ZN2v86Module8EvaluateENS_5LocalINS_7ContextEEE");
Local module_namespace(Local) V8_SYMBOL("_ZN2v86Module18GetModuleNamespaceEv");
Local module_exception(Local) V8_SYMBOL("_ZNK2v86Module12GetExceptionEv");
Local module_requests(Local) V8_SYMBOL("_ZNK2v86Module17GetModuleRequestsEv");
int module_identity_hash(Local) V8_SYMBOL("_ZNK2v86Module15GetIdentityHashEv");
int module_status(Local) V8_SYMBOL("_ZNK2v86Module9GetStatusEv");
Local module_request_specifier(Local) V8_SYMBOL("_ZNK2v813ModuleRequest12GetSpecifierEv");
Local module_request_attributes(Local) V8_SYMBOL("_ZNK2v813ModuleRequest19GetImportAttributesEv");
int fixed_array_length(Local) V8_SYMBOL("_ZNK2v810FixedArray6LengthEv");
Local fixed_array_get(Local, int index) V8_SYMBOL("_ZNK2v810FixedArray3GetEi");
Local primitive_array_new(V8Isolate*, int length) V8_SYMBOL("_ZN2v814PrimitiveArray3NewEPNS_7IsolateEi");
void primitive_array_set(Local, V8Isolate*, int index, Local)
    V8_SYMBOL("_ZN2v814PrimitiveArray3SetEPNS_7IsolateEiNS_5LocalINS_9PrimitiveEEE");
Local primitive_array_get(Local, V8Isolate*, int index)
    V8_SYMBOL("_ZN2v814PrimitiveArray3GetEPNS_7IsolateEi");
int primitive_array_length(Local) V8_SYMBOL("_ZNK2v814PrimitiveArray6LengthEv");
void isolate_set_import_callback(V8Isolate*, ImportModule) V8_SYMBOL(
    "_ZN2v87Isolate38SetHostImportModuleDynamicallyCallbackEPFNS_10MaybeLocalINS_7PromiseEEENS_"
    "5LocalINS_7ContextEEENS4_INS_4DataEEENS4_INS_5ValueEEENS4_INS_6StringEEENS4_INS_10FixedArrayEEEE");
void isolate_set_import_meta_callback(V8Isolate*, InitializeMeta) V8_SYMBOL(
    "_ZN2v87Isolate41SetHostInitializeImportMetaObjectCallbackEPFvNS_5LocalINS_7ContextEEENS1_INS_"
    "6ModuleEEENS1_INS_6ObjectEEEE");
Local handles_extend(V8Isolate*) V8_SYMBOL("_ZN2v88internal11HandleScope6ExtendEPNS0_7IsolateE");
Local object_creation_context(Local, V8Isolate*)
    V8_SYMBOL("_ZN2v86Object25GetCreationContextCheckedEPNS_7IsolateE");
Local promise_then_fulfilled(Local, Local context, Local fulfilled)
    V8_SYMBOL("_ZN2v87Promise4ThenENS_5LocalINS_7ContextEEENS1_INS_8FunctionEEE");
Local object_own_names(Local, Local context)
    V8_SYMBOL("_ZN2v86Object19GetOwnPropertyNamesENS_5LocalINS_7ContextEEE");
uint32_t array_length(Local) V8_SYMBOL("_ZNK2v85Array6LengthEv");
}

}  // namespace isolates::v8abi
