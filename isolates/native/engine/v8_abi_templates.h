// V8's templates: classes of the host in JavaScript. See v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

// v8::PropertyAttribute
inline constexpr int kReadOnly = 1;
inline constexpr int kDontEnum = 2;
inline constexpr int kDontDelete = 4;
inline constexpr int kFrozen = 0;  // v8::IntegrityLevel

extern "C" {
Local function_template_new(V8Isolate*, HostFunction, Local data, Local signature, int length,
                            int constructor_behavior, int side_effects, const void* c_function, uint16_t,
                            uint16_t, uint16_t)
    V8_SYMBOL(
        "_ZN2v816FunctionTemplate3NewEPNS_7IsolateEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS_"
        "5LocalIS4_EENSA_INS_9SignatureEEEiNS_19ConstructorBehaviorENS_14SideEffectTypeEPKNS_"
        "9CFunctionEttt");
void function_template_set_class_name(Local, Local name)
    V8_SYMBOL("_ZN2v816FunctionTemplate12SetClassNameENS_5LocalINS_6StringEEE");
void function_template_read_only_prototype(Local) V8_SYMBOL("_ZN2v816FunctionTemplate17ReadOnlyPrototypeEv");
Local function_template_instance(Local) V8_SYMBOL("_ZN2v816FunctionTemplate16InstanceTemplateEv");
Local function_template_prototype(Local) V8_SYMBOL("_ZN2v816FunctionTemplate17PrototypeTemplateEv");
Local function_template_function(Local, Local context)
    V8_SYMBOL("_ZN2v816FunctionTemplate11GetFunctionENS_5LocalINS_7ContextEEE");
Local signature_new(V8Isolate*, Local function_template)
    V8_SYMBOL("_ZN2v89Signature3NewEPNS_7IsolateENS_5LocalINS_16FunctionTemplateEEE");
void object_template_set_internal_field_count(Local, int)
    V8_SYMBOL("_ZN2v814ObjectTemplate21SetInternalFieldCountEi");
Local object_template_new_instance(Local, Local context)
    V8_SYMBOL("_ZN2v814ObjectTemplate11NewInstanceENS_5LocalINS_7ContextEEE");
void template_set(Local, Local name, Local value, int attributes)
    V8_SYMBOL("_ZN2v88Template3SetENS_5LocalINS_4NameEEENS1_INS_4DataEEENS_17PropertyAttributeE");
void template_set_accessor(Local, Local name, Local getter, Local setter, int attributes) V8_SYMBOL(
    "_ZN2v88Template19SetAccessorPropertyENS_5LocalINS_4NameEEENS1_INS_16FunctionTemplateEEES5_NS_"
    "17PropertyAttributeE");
Maybe<bool> object_set_integrity_level(Local, Local context, int level)
    V8_SYMBOL("_ZN2v86Object17SetIntegrityLevelENS_5LocalINS_7ContextEEENS_14IntegrityLevelE");
uint32_t context_embedder_data_count(Local) V8_SYMBOL("_ZN2v87Context29GetNumberOfEmbedderDataFieldsEv");
Local private_for_api(V8Isolate*, Local name)
    V8_SYMBOL("_ZN2v87Private6ForApiEPNS_7IsolateENS_5LocalINS_6StringEEE");
Local object_get_private(Local, Local context, Local key)
    V8_SYMBOL("_ZN2v86Object10GetPrivateENS_5LocalINS_7ContextEEENS1_INS_7PrivateEEE");
Maybe<bool> object_set_private(Local, Local context, Local key, Local value)
    V8_SYMBOL("_ZN2v86Object10SetPrivateENS_5LocalINS_7ContextEEENS1_INS_7PrivateEEENS1_INS_5ValueEEE");
bool value_is_external(Local) V8_SYMBOL("_ZNK2v85Value10IsExternalEv");
Local object_new(V8Isolate*) V8_SYMBOL("_ZN2v86Object3NewEPNS_7IsolateE");
}

}  // namespace isolates::v8abi
