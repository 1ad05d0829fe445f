// V8's symbols for declarations at the top of scripts (engine/redeclaration.h); see v8_abi.h.
#pragma once
#include "engine/v8_abi_templates.h"

namespace isolates::v8abi {

// v8::internal::VariableMode
inline constexpr uint8_t kLet = 0;  // class too
inline constexpr uint8_t kConst = 1;
inline constexpr uint8_t kVar = 4;

// v8::internal::PropertyAttributes besides v8::PropertyAttribute's, and the PropertyDetails of a data
// property.
inline constexpr int kConfigurable = 0;
inline constexpr int kAbsent = 64;
inline constexpr uint32_t data_property(int attributes) { return static_cast<uint32_t>(attributes) << 2; }

// Slots of a v8::internal::Context.
inline constexpr int kScopeInfoSlot = 0;
inline constexpr int kGlobalObjectSlot = 2;  // of a native context: the object behind the proxy

/// v8::internal::VariableLookupResult; only the mode is looked at.
struct VariableLookupResult {
  int context_index;
  int slot_index;
  bool is_repl_mode;
  uint8_t is_static;
  uint8_t mode;
  uint8_t unused[5];
};

/// v8::internal::SharedFunctionInfo: of a script that was compiled, its ScopeInfo.
inline Address scope_info_of_script(Local shared_function_info) {
  constexpr Address kOffset = 12, kTag = 1, kCageBase = ~Address{0xffffffff};
  Address object = *shared_function_info;
  return *reinterpret_cast<uint32_t*>(object - kTag + kOffset) | (object & kCageBase);
}

extern "C" {
/// For a native context: the script context that declares the name, with the slot as `index`; else `index` is
/// negative. The name is internalized.
Local context_lookup(Local context, Local name, int flags, int* index, int* attributes,
                     uint8_t* initialization, uint8_t* mode, bool* is_sloppy_function_name)
    V8_SYMBOL(
        "_ZN2v88internal7Context6LookupENS0_6HandleIS1_EENS2_INS0_6StringEEENS0_18ContextLookupFlagsEPiPNS0_"
        "18PropertyAttributesEPNS0_18InitializationFlagEPNS0_12VariableModeEPb");
Local context_slot(Local context, int index, V8Isolate*)
    V8_SYMBOL("_ZN2v88internal7Context3GetENS0_12DirectHandleIS1_EEiPNS0_7IsolateE");
void context_set_slot(Local context, int index, Local value, V8Isolate*)
    V8_SYMBOL("_ZN2v88internal7Context3SetENS0_12DirectHandleIS1_EEiNS2_INS0_6ObjectEEEPNS0_7IsolateE");

// The first argument points to a word with the ScopeInfo's address, as a handle does.
int scope_slot_index(const Address* scope, Address name, VariableLookupResult*) V8_SYMBOL(
    "_ZN2v88internal9ScopeInfo16ContextSlotIndexENS0_6TaggedINS0_6StringEEEPNS0_20VariableLookupResultE");
void scope_set(const Address* scope, int index, Address small_integer)
    V8_SYMBOL("_ZN2v88internal9ScopeInfo3setEiNS0_6TaggedINS0_3SmiEEE");
Address scope_get(const Address* scope, int index) V8_SYMBOL("_ZNK2v88internal9ScopeInfo3getEi");
int scope_infos_index(const Address* scope) V8_SYMBOL("_ZNK2v88internal9ScopeInfo22ContextLocalInfosIndexEv");
int scope_header_length(const Address* scope) V8_SYMBOL("_ZNK2v88internal9ScopeInfo19ContextHeaderLengthEv");
bool scope_is_repl(const Address* scope) V8_SYMBOL("_ZNK2v88internal9ScopeInfo15IsReplModeScopeEv");
uint8_t scope_is_strict(const Address* scope) V8_SYMBOL("_ZNK2v88internal9ScopeInfo13language_modeEv");

Maybe<int> receiver_own_attributes(V8Isolate*, Local receiver, Local name) V8_SYMBOL(
    "_ZN2v88internal10JSReceiver24GetOwnPropertyAttributesEPNS0_7IsolateENS0_12DirectHandleIS1_EENS4_"
    "INS0_4NameEEE");
/// Also where the property is not configurable.
void object_set_property_details(Local global_object, Local name, Local value, uint32_t details) V8_SYMBOL(
    "_ZN2v88internal8JSObject21SetNormalizedPropertyENS0_12DirectHandleIS1_EENS2_INS0_4NameEEENS2_INS0_"
    "6ObjectEEENS0_15PropertyDetailsE");
/// Optimised code is not entered again, and left where it is on the stack.
void isolate_deoptimize_all(V8Isolate*)
    V8_SYMBOL("_ZN2v88internal11Deoptimizer13DeoptimizeAllEPNS0_7IsolateE");
Maybe<bool> object_has_real_accessor(Local, Local context, Local name)
    V8_SYMBOL("_ZN2v86Object28HasRealNamedCallbackPropertyENS_5LocalINS_7ContextEEENS1_INS_4NameEEE");
}

}  // namespace isolates::v8abi
