// The one place that knows V8's symbols and layouts.
//
// The mini-racer wheel ships all of V8 in one library that exports every V8 symbol, but no headers. Each
// function that the engine uses is declared here under its mangled name; each layout that it relies on is
// checked at import by an experiment in abi_check.cpp. Written for V8 14.4.258.23 (mini-racer 0.14.1).
//
// Rules that hold throughout (found by disassembly, see abi_check.cpp):
// - Local<T> and MaybeLocal<T> are one pointer to a handle slot, passed in a register; null is empty.
// - Maybe<T> is {has, value}. libc++'s unique_ptr and shared_ptr have the trivial ABI: they pass and
//   return in registers, and a callee that takes one by value owns it.
// - A member function takes `this` first. All isolates share one read-only heap, so undefined, null, true
//   and false have the same address in each.
#pragma once
#include <cstddef>
#include <cstdint>

#ifdef __APPLE__
#define V8_SYMBOL(name) asm("_" name)
#else
#define V8_SYMBOL(name) asm(name)
#endif

namespace isolates::v8abi {

inline constexpr char kVersion[] = "14.4.258.23";
inline constexpr char kMiniRacerVersion[] = "0.14.1";

struct V8Isolate;  // v8::Isolate, opaque
using Address = uintptr_t;
using Local = Address*;  // of any type; null is empty

template <class T>
struct Maybe {
  bool has;
  T value;
};
struct SharedPtr {  // std::__Cr::shared_ptr, trivial ABI
  void* object;
  void* control;
};
struct UniquePtr {  // std::__Cr::unique_ptr, trivial ABI
  void* object;
};
struct CallbackPair {  // v8::DeserializeInternalFieldsCallback and its like
  void* callback;
  void* data;
};
struct Bytes {
  uint8_t* data;
  size_t size;
};
struct StartupData {
  const char* data;
  int raw_size;
};
struct PromiseRejectMessage {
  Local promise;
  int event;
  Local value;
};
inline constexpr int kPromiseRejectWithNoHandler = 0;
inline constexpr int kPromiseHandlerAddedAfterReject = 1;
struct CodeGenerationResult {  // v8::ModifyCodeGenerationFromStringsResult
  bool allowed;
  Local modified_source;
};
struct HeapStatistics {
  size_t total_heap_size;
  size_t total_heap_size_executable;
  size_t total_physical_size;
  size_t total_available_size;
  size_t used_heap_size;
  size_t heap_size_limit;
  size_t malloced_memory;
  size_t external_memory;
  size_t peak_malloced_memory;
  bool does_zap_garbage;
  size_t number_of_native_contexts;
  size_t number_of_detached_contexts;
  size_t total_global_handles_size;
  size_t used_global_handles_size;
  size_t unused[8];  // V8 writes more than it had in its headers of 14.1
};
// v8::ScriptCompiler::Source with its ScriptOrigin; `unused` covers what follows in V8.
struct ScriptSource {
  Local source;
  Local resource_name;
  int line_offset;
  int column_offset;
  int options;
  int padding;
  Local source_map_url;
  Local host_defined_options;
  void* cached_data;
  void* unused[8];
};
// v8::internal::ScriptDetails, which alone can ask for REPL mode and a name at once.
struct ScriptDetails {
  int line_offset;
  int column_offset;
  Local name;
  Local source_map_url;
  Local host_defined_options;
  Local wrapped_arguments;
  int repl_mode;
  int origin_options;
};
inline constexpr int kReplModeYes = 0;
// v8::FunctionCallbackInfo: what a host function gets.
struct CallInfo {
  Address* implicit;
  Address* values;
  int length;

  V8Isolate* isolate() const { return reinterpret_cast<V8Isolate*>(implicit[1]); }
  Local argument(int index) const { return values + index; }
  Local target() const { return implicit + 4; }
  void set_result(Local value) const { implicit[3] = *value; }
};
using HostFunction = void (*)(const CallInfo&);
struct WeakCallbackInfo {
  V8Isolate* isolate;
  void* parameter;
};
// v8::Isolate::CreateParams by offset; V8's own constructor fills it.
struct CreateParams {
  alignas(16) unsigned char bytes[256] = {};
  template <class T>
  void set(size_t offset, T value) {
    *reinterpret_cast<T*>(bytes + offset) = value;
  }
  static constexpr size_t kMaxOldGeneration = 16;
  static constexpr size_t kMaxYoungGeneration = 24;
  static constexpr size_t kSnapshotBlob = 64;
  static constexpr size_t kArrayBufferAllocator = 96;
  static constexpr size_t kFatalErrorCallback = 136;
  static constexpr size_t kOomErrorCallback = 144;
};

// The vtables of interfaces that we implement, in V8's order (Itanium ABI: two destructors first).

class PageAllocator;  // V8's own; its vtable:
inline constexpr size_t kPageAllocatorVtableSlots = 19;
inline constexpr size_t kAllocatePagesSlot = 6;
inline constexpr size_t kAllocatePagesWithHintSlot = 7;
inline constexpr size_t kFreePagesSlot = 9;
inline constexpr size_t kSetPermissionsSlot = 11;
inline constexpr size_t kRecommitPagesSlot = 12;
inline constexpr size_t kDecommitPagesSlot = 14;
inline constexpr int kNoAccess = 0;
struct AllocationHint {
  void* address;
  bool may_grow;
};

class ArrayBufferAllocator {
 public:
  virtual ~ArrayBufferAllocator() = default;
  virtual void* Allocate(size_t length) = 0;
  virtual void* AllocateUninitialized(size_t length) = 0;
  virtual void Free(void* data, size_t length) = 0;
  virtual size_t MaxAllocationSize() const = 0;
  virtual PageAllocator* GetPageAllocator() = 0;
};

class Task {
 public:
  virtual ~Task() = default;
  virtual void Run() = 0;
};

class TaskRunner {
 public:
  virtual bool IdleTasksEnabled() = 0;
  virtual bool NonNestableTasksEnabled() const = 0;
  virtual bool NonNestableDelayedTasksEnabled() const = 0;
  virtual ~TaskRunner() = default;
  virtual void PostTask(Task* task, const void* location) = 0;
  virtual void PostNonNestableTask(Task* task, const void* location) = 0;
  virtual void PostDelayedTask(Task* task, double delay_s, const void* location) = 0;
  virtual void PostNonNestableDelayedTask(Task* task, double delay_s, const void* location) = 0;
  virtual void PostIdleTask(Task* task, const void* location) = 0;
};
inline constexpr size_t kPlatformVtableSlots = 20;
inline constexpr size_t kGetForegroundTaskRunnerSlot = 6;

class SerializerDelegate {
 public:
  virtual ~SerializerDelegate() = default;
  virtual void ThrowDataCloneError(Local message) = 0;
  virtual bool HasCustomHostObject(V8Isolate* isolate) = 0;
  virtual Maybe<bool> IsHostObject(V8Isolate* isolate, Local object) = 0;
  virtual Maybe<bool> WriteHostObject(V8Isolate* isolate, Local object) = 0;
  virtual Maybe<uint32_t> GetSharedArrayBufferId(V8Isolate* isolate, Local buffer) = 0;
  virtual Maybe<uint32_t> GetWasmModuleTransferId(V8Isolate* isolate, Local module) = 0;
  virtual bool AdoptSharedValueConveyor(V8Isolate* isolate, void* conveyor) = 0;
  virtual void* ReallocateBufferMemory(void* old_buffer, size_t size, size_t* actual_size) = 0;
  virtual void FreeBufferMemory(void* buffer) = 0;
};

class DeserializerDelegate {
 public:
  virtual ~DeserializerDelegate() = default;
  virtual Local ReadHostObject(V8Isolate* isolate) = 0;
  virtual Local GetWasmModuleFromId(V8Isolate* isolate, uint32_t id) = 0;
  virtual Local GetSharedArrayBufferFromId(V8Isolate* isolate, uint32_t id) = 0;
  virtual const void* GetSharedValueConveyor(V8Isolate* isolate) = 0;
};

extern "C" {
const char* mr_v8_version();
bool mr_v8_is_using_sandbox();

// Isolate
V8Isolate* isolate_allocate() V8_SYMBOL("_ZN2v87Isolate8AllocateEv");
void isolate_initialize(V8Isolate*, const CreateParams*)
    V8_SYMBOL("_ZN2v87Isolate10InitializeEPS0_RKNS0_12CreateParamsE");
void isolate_dispose(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate7DisposeEv");
void isolate_enter(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate5EnterEv");
void isolate_exit(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate4ExitEv");
Local isolate_current_context(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate17GetCurrentContextEv");
void isolate_terminate(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate18TerminateExecutionEv");
void isolate_cancel_terminate(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate24CancelTerminateExecutionEv");
/// Throws the termination here and now, where the request alone would wait for the next safe point.
Address isolate_throw_termination(V8Isolate*) V8_SYMBOL("_ZN2v88internal7Isolate18TerminateExecutionEv");
bool isolate_is_terminating(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate22IsExecutionTerminatingEv");
void isolate_request_interrupt(V8Isolate*, void (*)(V8Isolate*, void*), void*)
    V8_SYMBOL("_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_");
void isolate_set_microtasks_policy(V8Isolate*, int)
    V8_SYMBOL("_ZN2v87Isolate19SetMicrotasksPolicyENS_16MicrotasksPolicyE");
void isolate_run_microtasks(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate26PerformMicrotaskCheckpointEv");
void isolate_add_near_heap_limit_callback(V8Isolate*, size_t (*)(void*, size_t, size_t), void*)
    V8_SYMBOL("_ZN2v87Isolate24AddNearHeapLimitCallbackEPFmPvmmES1_");
Local isolate_throw(V8Isolate*, Local) V8_SYMBOL("_ZN2v87Isolate14ThrowExceptionENS_5LocalINS_5ValueEEE");
void isolate_set_stack_limit(V8Isolate*, Address) V8_SYMBOL("_ZN2v87Isolate13SetStackLimitEm");
void isolate_heap_statistics(V8Isolate*, HeapStatistics*)
    V8_SYMBOL("_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE");
void isolate_memory_pressure(V8Isolate*, int level)
    V8_SYMBOL("_ZN2v87Isolate26MemoryPressureNotificationENS_19MemoryPressureLevelE");
void isolate_low_memory(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate21LowMemoryNotificationEv");
void isolate_add_gc_prologue(V8Isolate*, void (*)(V8Isolate*, int, int, void*), void*, int)
    V8_SYMBOL("_ZN2v87Isolate21AddGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_");
void isolate_add_gc_epilogue(V8Isolate*, void (*)(V8Isolate*, int, int, void*), void*, int)
    V8_SYMBOL("_ZN2v87Isolate21AddGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_");
void isolate_set_promise_reject_callback(V8Isolate*, void (*)(PromiseRejectMessage))
    V8_SYMBOL("_ZN2v87Isolate24SetPromiseRejectCallbackEPFvNS_20PromiseRejectMessageEE");
void isolate_set_code_generation_callback(V8Isolate*, CodeGenerationResult (*)(Local, Local, bool)) V8_SYMBOL(
    "_ZN2v87Isolate42SetModifyCodeGenerationFromStringsCallbackEPFNS_"
    "37ModifyCodeGenerationFromStringsResultENS_5LocalINS_7ContextEEENS2_INS_5ValueEEEbE");
void isolate_clear_kept_objects(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate16ClearKeptObjectsEv");
void create_params_construct(CreateParams*) V8_SYMBOL("_ZN2v87Isolate12CreateParamsC1Ev");
void create_params_destroy(CreateParams*) V8_SYMBOL("_ZN2v87Isolate12CreateParamsD1Ev");
void disallow_javascript_construct(void*, V8Isolate*, int)
    V8_SYMBOL("_ZN2v87Isolate32DisallowJavascriptExecutionScopeC1EPS0_NS1_9OnFailureE");
void disallow_javascript_destroy(void*) V8_SYMBOL("_ZN2v87Isolate32DisallowJavascriptExecutionScopeD1Ev");
void locker_initialize(void*, V8Isolate*) V8_SYMBOL("_ZN2v86Locker10InitializeEPNS_7IsolateE");
void locker_destroy(void*) V8_SYMBOL("_ZN2v86LockerD1Ev");
void unlocker_initialize(void*, V8Isolate*) V8_SYMBOL("_ZN2v88Unlocker10InitializeEPNS_7IsolateE");
void unlocker_destroy(void*) V8_SYMBOL("_ZN2v88UnlockerD1Ev");
void heap_statistics_construct(HeapStatistics*) V8_SYMBOL("_ZN2v814HeapStatisticsC1Ev");

// Handles
Address** handles_next(V8Isolate*)
    V8_SYMBOL("_ZN2v88internal11HandleScope20current_next_addressEPNS0_7IsolateE");
Address** handles_limit(V8Isolate*)
    V8_SYMBOL("_ZN2v88internal11HandleScope21current_limit_addressEPNS0_7IsolateE");
int* handles_level(V8Isolate*)
    V8_SYMBOL("_ZN2v88internal11HandleScope21current_level_addressEPNS0_7IsolateE");
void handles_delete_extensions(void*, V8Isolate*)
    V8_SYMBOL("_ZN2v811HandleScope16DeleteExtensionsEPNS_7IsolateE");
Local global_new(V8Isolate*, Address)
    V8_SYMBOL("_ZN2v812api_internal18GlobalizeReferenceEPNS_8internal7IsolateEm");
void global_delete(Local) V8_SYMBOL("_ZN2v812api_internal13DisposeGlobalEPm");
void global_make_weak(Local, void*, void (*)(const WeakCallbackInfo&), int)
    V8_SYMBOL("_ZN2v812api_internal8MakeWeakEPmPvPFvRKNS_16WeakCallbackInfoIvEEENS_16WeakCallbackTypeE");
Local function_data(V8Isolate*, Local target)
    V8_SYMBOL("_ZN2v812api_internal23GetFunctionTemplateDataEPNS_7IsolateENS_5LocalINS_4DataEEE");

// Context
Local context_new(V8Isolate*, void* extensions, Local global_template, Local global_object, CallbackPair,
                  void* microtask_queue, CallbackPair, CallbackPair)
    V8_SYMBOL(
        "_ZN2v87Context3NewEPNS_7IsolateEPNS_22ExtensionConfigurationENS_10MaybeLocalINS_"
        "14ObjectTemplateEEENS5_INS_5ValueEEENS_33DeserializeInternalFieldsCallbackEPNS_14MicrotaskQueueENS_"
        "30DeserializeContextDataCallbackENS_29DeserializeAPIWrapperCallbackE");
void context_enter(Local) V8_SYMBOL("_ZN2v87Context5EnterEv");
void context_exit(Local) V8_SYMBOL("_ZN2v87Context4ExitEv");
Local context_global(Local) V8_SYMBOL("_ZN2v87Context6GlobalEv");
void context_set_embedder_data(Local, int index, Local)
    V8_SYMBOL("_ZN2v87Context15SetEmbedderDataEiNS_5LocalINS_5ValueEEE");
Local context_embedder_data(Local, int index) V8_SYMBOL("_ZN2v87Context19SlowGetEmbedderDataEi");
void context_allow_code_generation(Local, bool) V8_SYMBOL("_ZN2v87Context30AllowCodeGenerationFromStringsEb");

// Scripts
Local script_compile(Local context, ScriptSource*, int options, int no_cache_reason) V8_SYMBOL(
    "_ZN2v814ScriptCompiler7CompileENS_5LocalINS_7ContextEEEPNS0_6SourceENS0_14CompileOptionsENS0_"
    "13NoCacheReasonE");
Local script_compile_unbound(V8Isolate*, ScriptSource*, int options, int no_cache_reason) V8_SYMBOL(
    "_ZN2v814ScriptCompiler20CompileUnboundScriptEPNS_7IsolateEPNS0_6SourceENS0_14CompileOptionsENS0_"
    "13NoCacheReasonE");
Local script_compile_function(Local context, ScriptSource*, size_t argument_count, Local* arguments,
                              size_t extension_count, Local* extensions, int options, int no_cache_reason)
    V8_SYMBOL(
        "_ZN2v814ScriptCompiler15CompileFunctionENS_5LocalINS_7ContextEEEPNS0_6SourceEmPNS1_INS_"
        "6StringEEEmPNS1_INS_6ObjectEEENS0_14CompileOptionsENS0_13NoCacheReasonE");
Local script_compile_details(V8Isolate*, Local source, const ScriptDetails*, int options, int no_cache_reason,
                             int natives, void* compilation_details)
    V8_SYMBOL(
        "_ZN2v88internal8Compiler30GetSharedFunctionInfoForScriptEPNS0_7IsolateENS0_6HandleINS0_"
        "6StringEEERKNS0_13ScriptDetailsENS_14ScriptCompiler14CompileOptionsENSA_13NoCacheReasonENS0_"
        "11NativesFlagEPNSA_18CompilationDetailsE");
Local script_bind(Local unbound) V8_SYMBOL("_ZN2v813UnboundScript20BindToCurrentContextEv");
Local script_run(Local script, Local context) V8_SYMBOL("_ZN2v86Script3RunENS_5LocalINS_7ContextEEE");

// Values
bool value_is_int32(Local) V8_SYMBOL("_ZNK2v85Value7IsInt32Ev");
bool value_is_number(Local) V8_SYMBOL("_ZNK2v85Value8IsNumberEv");
bool value_is_bigint(Local) V8_SYMBOL("_ZNK2v85Value8IsBigIntEv");
bool value_is_object(Local) V8_SYMBOL("_ZNK2v85Value8IsObjectEv");
bool value_is_array(Local) V8_SYMBOL("_ZNK2v85Value7IsArrayEv");
bool value_is_function(Local) V8_SYMBOL("_ZNK2v85Value10IsFunctionEv");
bool value_is_async_function(Local) V8_SYMBOL("_ZNK2v85Value15IsAsyncFunctionEv");
bool value_is_promise(Local) V8_SYMBOL("_ZNK2v85Value9IsPromiseEv");
bool value_is_proxy(Local) V8_SYMBOL("_ZNK2v85Value7IsProxyEv");
bool value_is_symbol(Local) V8_SYMBOL("_ZNK2v85Value8IsSymbolEv");
bool value_is_native_error(Local) V8_SYMBOL("_ZNK2v85Value13IsNativeErrorEv");
bool value_is_string(Local) V8_SYMBOL("_ZNK2v85Value12FullIsStringEv");
bool value_is_undefined(Local) V8_SYMBOL("_ZNK2v85Value15FullIsUndefinedEv");
bool value_is_null(Local) V8_SYMBOL("_ZNK2v85Value10FullIsNullEv");
bool value_is_true(Local) V8_SYMBOL("_ZNK2v85Value10FullIsTrueEv");
bool value_is_false(Local) V8_SYMBOL("_ZNK2v85Value11FullIsFalseEv");
Maybe<double> value_number(Local, Local context)
    V8_SYMBOL("_ZNK2v85Value11NumberValueENS_5LocalINS_7ContextEEE");
Maybe<int32_t> value_int32(Local, Local context)
    V8_SYMBOL("_ZNK2v85Value10Int32ValueENS_5LocalINS_7ContextEEE");
Local string_new_utf8(V8Isolate*, const char*, int type, int length)
    V8_SYMBOL("_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi");
Local string_new_one_byte(V8Isolate*, const uint8_t*, int type, int length)
    V8_SYMBOL("_ZN2v86String14NewFromOneByteEPNS_7IsolateEPKhNS_13NewStringTypeEi");
Local string_new_two_byte(V8Isolate*, const uint16_t*, int type, int length)
    V8_SYMBOL("_ZN2v86String14NewFromTwoByteEPNS_7IsolateEPKtNS_13NewStringTypeEi");
int string_length(Local) V8_SYMBOL("_ZNK2v86String6LengthEv");
bool string_contains_only_one_byte(Local) V8_SYMBOL("_ZNK2v86String19ContainsOnlyOneByteEv");
void string_write_one_byte(Local, V8Isolate*, uint32_t offset, uint32_t length, uint8_t*, int flags)
    V8_SYMBOL("_ZNK2v86String14WriteOneByteV2EPNS_7IsolateEjjPhi");
void string_write_two_byte(Local, V8Isolate*, uint32_t offset, uint32_t length, uint16_t*, int flags)
    V8_SYMBOL("_ZNK2v86String7WriteV2EPNS_7IsolateEjjPti");
Local number_new(V8Isolate*, double) V8_SYMBOL("_ZN2v86Number3NewEPNS_7IsolateEd");
Local bigint_new(Local context, int sign_bit, int word_count, const uint64_t* words)
    V8_SYMBOL("_ZN2v86BigInt12NewFromWordsENS_5LocalINS_7ContextEEEiiPKm");
int bigint_word_count(Local) V8_SYMBOL("_ZNK2v86BigInt9WordCountEv");
void bigint_words(Local, int* sign_bit, int* word_count, uint64_t* words)
    V8_SYMBOL("_ZNK2v86BigInt12ToWordsArrayEPiS1_Pm");
Local array_new(V8Isolate*, Local* elements, size_t length)
    V8_SYMBOL("_ZN2v85Array3NewEPNS_7IsolateEPNS_5LocalINS_5ValueEEEm");
Local object_get(Local, Local context, Local key)
    V8_SYMBOL("_ZN2v86Object3GetENS_5LocalINS_7ContextEEENS1_INS_5ValueEEE");
Local object_get_index(Local, Local context, uint32_t index)
    V8_SYMBOL("_ZN2v86Object3GetENS_5LocalINS_7ContextEEEj");
Maybe<bool> object_set(Local, Local context, Local key, Local value)
    V8_SYMBOL("_ZN2v86Object3SetENS_5LocalINS_7ContextEEENS1_INS_5ValueEEES5_");
Maybe<bool> object_create_data_property(Local, Local context, Local key, Local value)
    V8_SYMBOL("_ZN2v86Object18CreateDataPropertyENS_5LocalINS_7ContextEEENS1_INS_4NameEEENS1_INS_5ValueEEE");
Maybe<bool> object_define_own_property(Local, Local context, Local key, Local value, int attributes)
    V8_SYMBOL(
        "_ZN2v86Object17DefineOwnPropertyENS_5LocalINS_7ContextEEENS1_INS_4NameEEENS1_INS_5ValueEEENS_"
        "17PropertyAttributeE");
Local object_prototype(Local) V8_SYMBOL("_ZN2v86Object14GetPrototypeV2Ev");
Maybe<bool> object_has_own_property(Local, Local context, Local name)
    V8_SYMBOL("_ZN2v86Object14HasOwnPropertyENS_5LocalINS_7ContextEEENS1_INS_4NameEEE");
Local object_own_property_descriptor(Local, Local context, Local name)
    V8_SYMBOL("_ZN2v86Object24GetOwnPropertyDescriptorENS_5LocalINS_7ContextEEENS1_INS_4NameEEE");
Maybe<bool> object_delete(Local, Local context, Local key)
    V8_SYMBOL("_ZN2v86Object6DeleteENS_5LocalINS_7ContextEEENS1_INS_5ValueEEE");
int object_internal_field_count(Local) V8_SYMBOL("_ZNK2v86Object18InternalFieldCountEv");
Local object_internal_field(Local, int index) V8_SYMBOL("_ZN2v86Object20SlowGetInternalFieldEi");
void object_set_internal_field(Local, int index, Local)
    V8_SYMBOL("_ZN2v86Object16SetInternalFieldEiNS_5LocalINS_4DataEEE");
Local function_new(Local context, HostFunction, Local data, int length, int constructor, int side_effects)
    V8_SYMBOL(
        "_ZN2v88Function3NewENS_5LocalINS_7ContextEEEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS1_INS_"
        "4DataEEEiNS_19ConstructorBehaviorENS_14SideEffectTypeE");
Local function_new_instance(Local, Local context, int argument_count, Local* arguments)
    V8_SYMBOL("_ZNK2v88Function11NewInstanceENS_5LocalINS_7ContextEEEiPNS1_INS_5ValueEEE");
Local function_call(Local, Local context, Local receiver, int argument_count, Local* arguments)
    V8_SYMBOL("_ZN2v88Function4CallENS_5LocalINS_7ContextEEENS1_INS_5ValueEEEiPS5_");
Local external_new(V8Isolate*, void*, uint16_t tag) V8_SYMBOL("_ZN2v88External3NewEPNS_7IsolateEPvt");
void* external_value(Local, uint16_t tag) V8_SYMBOL("_ZNK2v88External5ValueEt");

// Promises
Local promise_then(Local, Local context, Local fulfilled, Local rejected)
    V8_SYMBOL("_ZN2v87Promise4ThenENS_5LocalINS_7ContextEEENS1_INS_8FunctionEEES5_");
int promise_state(Local) V8_SYMBOL("_ZN2v87Promise5StateEv");
Local promise_result(Local) V8_SYMBOL("_ZN2v87Promise6ResultEv");
void promise_mark_as_handled(Local) V8_SYMBOL("_ZN2v87Promise13MarkAsHandledEv");
Local resolver_new(Local context) V8_SYMBOL("_ZN2v87Promise8Resolver3NewENS_5LocalINS_7ContextEEE");
Local resolver_promise(Local) V8_SYMBOL("_ZN2v87Promise8Resolver10GetPromiseEv");
Maybe<bool> resolver_resolve(Local, Local context, Local value)
    V8_SYMBOL("_ZN2v87Promise8Resolver7ResolveENS_5LocalINS_7ContextEEENS2_INS_5ValueEEE");
Maybe<bool> resolver_reject(Local, Local context, Local reason)
    V8_SYMBOL("_ZN2v87Promise8Resolver6RejectENS_5LocalINS_7ContextEEENS2_INS_5ValueEEE");

// Exceptions
void try_catch_construct(void*, V8Isolate*) V8_SYMBOL("_ZN2v88TryCatchC1EPNS_7IsolateE");
void try_catch_destroy(void*) V8_SYMBOL("_ZN2v88TryCatchD1Ev");
Local try_catch_exception(const void*) V8_SYMBOL("_ZNK2v88TryCatch9ExceptionEv");
Local try_catch_message(const void*) V8_SYMBOL("_ZNK2v88TryCatch7MessageEv");
bool try_catch_has_caught(const void*) V8_SYMBOL("_ZNK2v88TryCatch9HasCaughtEv");
bool try_catch_has_terminated(const void*) V8_SYMBOL("_ZNK2v88TryCatch13HasTerminatedEv");
void try_catch_reset(void*) V8_SYMBOL("_ZN2v88TryCatch5ResetEv");
void try_catch_rethrow(void*) V8_SYMBOL("_ZN2v88TryCatch7ReThrowEv");
Local exception_error(Local message, Local options)
    V8_SYMBOL("_ZN2v89Exception5ErrorENS_5LocalINS_6StringEEENS1_INS_5ValueEEE");
Local exception_type_error(Local message, Local options)
    V8_SYMBOL("_ZN2v89Exception9TypeErrorENS_5LocalINS_6StringEEENS1_INS_5ValueEEE");
Local exception_range_error(Local message, Local options)
    V8_SYMBOL("_ZN2v89Exception10RangeErrorENS_5LocalINS_6StringEEENS1_INS_5ValueEEE");
Local exception_syntax_error(Local message, Local options)
    V8_SYMBOL("_ZN2v89Exception11SyntaxErrorENS_5LocalINS_6StringEEENS1_INS_5ValueEEE");
Local exception_reference_error(Local message, Local options)
    V8_SYMBOL("_ZN2v89Exception14ReferenceErrorENS_5LocalINS_6StringEEENS1_INS_5ValueEEE");
Local exception_create_message(V8Isolate*, Local exception)
    V8_SYMBOL("_ZN2v89Exception13CreateMessageEPNS_7IsolateENS_5LocalINS_5ValueEEE");
Maybe<int> message_line(Local, Local context)
    V8_SYMBOL("_ZNK2v87Message13GetLineNumberENS_5LocalINS_7ContextEEE");
Maybe<int> message_column(Local, Local context)
    V8_SYMBOL("_ZNK2v87Message14GetStartColumnENS_5LocalINS_7ContextEEE");
Local message_source_line(Local, Local context)
    V8_SYMBOL("_ZNK2v87Message13GetSourceLineENS_5LocalINS_7ContextEEE");
Local message_resource_name(Local) V8_SYMBOL("_ZNK2v87Message21GetScriptResourceNameEv");

// Structured clone
void serializer_construct(void*, V8Isolate*, SerializerDelegate*)
    V8_SYMBOL("_ZN2v815ValueSerializerC1EPNS_7IsolateEPNS0_8DelegateE");
void serializer_destroy(void*) V8_SYMBOL("_ZN2v815ValueSerializerD1Ev");
void serializer_write_header(void*) V8_SYMBOL("_ZN2v815ValueSerializer11WriteHeaderEv");
Maybe<bool> serializer_write_value(void*, Local context, Local value)
    V8_SYMBOL("_ZN2v815ValueSerializer10WriteValueENS_5LocalINS_7ContextEEENS1_INS_5ValueEEE");
void serializer_write_uint32(void*, uint32_t) V8_SYMBOL("_ZN2v815ValueSerializer11WriteUint32Ej");
Bytes serializer_release(void*) V8_SYMBOL("_ZN2v815ValueSerializer7ReleaseEv");
void deserializer_construct(void*, V8Isolate*, const uint8_t*, size_t, DeserializerDelegate*)
    V8_SYMBOL("_ZN2v817ValueDeserializerC1EPNS_7IsolateEPKhmPNS0_8DelegateE");
void deserializer_destroy(void*) V8_SYMBOL("_ZN2v817ValueDeserializerD1Ev");
Maybe<bool> deserializer_read_header(void*, Local context)
    V8_SYMBOL("_ZN2v817ValueDeserializer10ReadHeaderENS_5LocalINS_7ContextEEE");
Local deserializer_read_value(void*, Local context)
    V8_SYMBOL("_ZN2v817ValueDeserializer9ReadValueENS_5LocalINS_7ContextEEE");
bool deserializer_read_uint32(void*, uint32_t*) V8_SYMBOL("_ZN2v817ValueDeserializer10ReadUint32EPj");
ArrayBufferAllocator* array_buffer_allocator_new_default()
    V8_SYMBOL("_ZN2v811ArrayBuffer9Allocator19NewDefaultAllocatorEv");
SharedPtr shared_array_buffer_backing_store(Local) V8_SYMBOL("_ZN2v817SharedArrayBuffer15GetBackingStoreEv");
Local shared_array_buffer_new(V8Isolate*, SharedPtr)
    V8_SYMBOL("_ZN2v817SharedArrayBuffer3NewEPNS_7IsolateENSt4__Cr10shared_ptrINS_12BackingStoreEEE");
void* backing_store_data(const void*) V8_SYMBOL("_ZNK2v812BackingStore4DataEv");
size_t backing_store_byte_length(const void*) V8_SYMBOL("_ZNK2v812BackingStore10ByteLengthEv");

// Process
extern void* default_isolate_group V8_SYMBOL("_ZN2v88internal12IsolateGroup22default_isolate_group_E");
SharedPtr backing_store_page_allocator(void* isolate_group)  // a weak_ptr
    V8_SYMBOL("_ZN2v88internal12IsolateGroup28GetBackingStorePageAllocatorEv");
PageAllocator* platform_page_allocator() V8_SYMBOL("_ZN2v88internal24GetPlatformPageAllocatorEv");
void** current_platform() V8_SYMBOL("_ZN2v88internal2V818GetCurrentPlatformEv");
void set_fatal_function(void (*)(const char* file, int line, const char* message))
    V8_SYMBOL("_ZN2v84base16SetFatalFunctionEPFvPKciS2_E");
void set_print_stack_trace(void (*)()) V8_SYMBOL("_ZN2v84base18SetPrintStackTraceEPFvvE");
void set_fatal_memory_error_callback(void (*)(const char* location, const void* details))
    V8_SYMBOL("_ZN2v82V827SetFatalMemoryErrorCallbackEPFvPKcRKNS_10OOMDetailsEE");
}

}  // namespace isolates::v8abi
