// V8's symbols for memory: backing stores, buffers, external strings, compiled WebAssembly. See v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

// libc++'s control block of a shared_ptr. One of ours (backing_store.cpp) is as good to V8 as its own.
class SharedControl {
 public:
  virtual ~SharedControl() = default;
  virtual void on_zero_shared() = 0;
  virtual const void* get_deleter(const void* type) const = 0;
  virtual void on_zero_shared_weak() = 0;

  long shared_minus_one = 0;
  long weak_minus_one = 0;
};
// libc++'s control block of a shared_ptr<BackingStore>. Two slots of its vtable are the way to V8's operator
// delete, which is not ours: on_zero_shared deletes the object, on_zero_shared_weak frees the block itself,
// and so any other memory that V8 has made by new.
struct BackingStoreControl {
  const void* vtable;
  long shared_minus_one;
  long weak_minus_one;
  void* object;
};
inline constexpr size_t kOnZeroSharedSlot = 2;
inline constexpr size_t kOnZeroSharedWeakSlot = 4;

// v8::internal::BackingStore, as far as V8's API does not tell.
inline constexpr size_t kBackingStoreFlagsOffset = 0x48;
inline constexpr uint16_t kBackingStoreIsWasmMemory = 4;

enum SharedFlag : uint8_t { kNotShared, kShared };
enum InitializationMode : int { kZeroInitialized, kUninitialized };
using Deleter = void (*)(void* data, size_t length, void* deleter_data);

// v8::String::ExternalStringResource and its one-byte twin, which differ in the type of data() only.
class ExternalStringResource {
 public:
  virtual ~ExternalStringResource() = default;
  virtual bool IsCacheable() const = 0;
  virtual void Unaccount(V8Isolate*) = 0;
  virtual size_t EstimateMemoryUsage() const = 0;
  virtual void EstimateSharedMemoryUsage(void* recorder) const = 0;
  virtual void Dispose() = 0;
  virtual void Lock() const = 0;
  virtual void Unlock() const = 0;
  virtual const void* data() const = 0;
  virtual size_t length() const = 0;

 private:
  [[maybe_unused]] const void* cached_data_ = nullptr;  // V8's
};

// v8::CompiledWasmModule: returned in memory of the caller's, as any struct of this size is.
struct CompiledWasmModule {
  SharedPtr native_module;
  // libc++'s string: a long one has its text elsewhere and the top bit of its last byte set.
  void* url_text;
  size_t url_length;
  size_t url_capacity;
};

extern "C" {
extern const void* const backing_store_control_vtable[] V8_SYMBOL(
    "_ZTVNSt4__Cr20__shared_ptr_pointerIPN2v88internal12BackingStoreENS_14default_deleteIS3_EENS_"
    "9allocatorIS3_EEEE");
inline void (*backing_store_control_slot(size_t slot))(void*) {
  return reinterpret_cast<void (*)(void*)>(const_cast<void*>(backing_store_control_vtable[2 + slot]));
}

// Backing stores
size_t backing_store_max_byte_length(const void*) V8_SYMBOL("_ZNK2v812BackingStore13MaxByteLengthEv");
bool backing_store_is_shared(const void*) V8_SYMBOL("_ZNK2v812BackingStore8IsSharedEv");
bool backing_store_is_resizable(const void*)
    V8_SYMBOL("_ZNK2v812BackingStore27IsResizableByUserJavaScriptEv");
UniquePtr backing_store_new(void* data, size_t length, Deleter, void* deleter_data)
    V8_SYMBOL("_ZN2v811ArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_");
UniquePtr backing_store_new_shared(void* data, size_t length, Deleter, void* deleter_data)
    V8_SYMBOL("_ZN2v817SharedArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_");
Maybe<bool> resizable_page_configuration(V8Isolate*, size_t length, size_t max_length, int should_throw,
                                         size_t* page_size, size_t* initial_pages, size_t* max_pages)
    V8_SYMBOL(
        "_ZN2v88internal13JSArrayBuffer41GetResizableBackingStorePageConfigurationEPNS0_7IsolateEmmNS0_"
        "11ShouldThrowEPmS5_S5_");
UniquePtr backing_store_new_resizable(V8Isolate*, size_t length, size_t max_length, size_t page_size,
                                      size_t initial_pages, size_t max_pages, uint8_t wasm_memory, SharedFlag,
                                      bool has_guard_regions)
    V8_SYMBOL(
        "_ZN2v88internal12BackingStore35TryAllocateAndPartiallyCommitMemoryEPNS0_7IsolateEmmmmmNS0_"
        "14WasmMemoryFlagENS0_10SharedFlagEb");

// Buffers and views
bool value_is_array_buffer(Local) V8_SYMBOL("_ZNK2v85Value13IsArrayBufferEv");
bool value_is_shared_array_buffer(Local) V8_SYMBOL("_ZNK2v85Value19IsSharedArrayBufferEv");
bool value_is_array_buffer_view(Local) V8_SYMBOL("_ZNK2v85Value17IsArrayBufferViewEv");
Local array_buffer_view_buffer(Local) V8_SYMBOL("_ZN2v815ArrayBufferView6BufferEv");
size_t array_buffer_view_byte_length(Local) V8_SYMBOL("_ZN2v815ArrayBufferView10ByteLengthEv");
size_t array_buffer_view_byte_offset(Local) V8_SYMBOL("_ZN2v815ArrayBufferView10ByteOffsetEv");
SharedPtr array_buffer_backing_store(Local) V8_SYMBOL("_ZN2v811ArrayBuffer15GetBackingStoreEv");
bool array_buffer_is_detachable(Local) V8_SYMBOL("_ZNK2v811ArrayBuffer12IsDetachableEv");
bool array_buffer_was_detached(Local) V8_SYMBOL("_ZNK2v811ArrayBuffer11WasDetachedEv");
Maybe<bool> array_buffer_detach(Local, Local key)
    V8_SYMBOL("_ZN2v811ArrayBuffer6DetachENS_5LocalINS_5ValueEEE");
Local array_buffer_new(V8Isolate*, SharedPtr)
    V8_SYMBOL("_ZN2v811ArrayBuffer3NewEPNS_7IsolateENSt4__Cr10shared_ptrINS_12BackingStoreEEE");
Local array_buffer_maybe_new(V8Isolate*, size_t length, InitializationMode)
    V8_SYMBOL("_ZN2v811ArrayBuffer8MaybeNewEPNS_7IsolateEmNS_30BackingStoreInitializationModeE");
void serializer_transfer_array_buffer(void*, uint32_t id, Local buffer)
    V8_SYMBOL("_ZN2v815ValueSerializer19TransferArrayBufferEjNS_5LocalINS_11ArrayBufferEEE");
void deserializer_transfer_array_buffer(void*, uint32_t id, Local buffer)
    V8_SYMBOL("_ZN2v817ValueDeserializer19TransferArrayBufferEjNS_5LocalINS_11ArrayBufferEEE");

// Strings
Local string_new_external_one_byte(V8Isolate*, ExternalStringResource*)
    V8_SYMBOL("_ZN2v86String18NewExternalOneByteEPNS_7IsolateEPNS0_29ExternalOneByteStringResourceE");
Local string_new_external_two_byte(V8Isolate*, ExternalStringResource*)
    V8_SYMBOL("_ZN2v86String18NewExternalTwoByteEPNS_7IsolateEPNS0_22ExternalStringResourceE");

// WebAssembly
CompiledWasmModule wasm_module_compiled(Local module)
    V8_SYMBOL("_ZN2v816WasmModuleObject17GetCompiledModuleEv");
Local wasm_module_from_compiled(V8Isolate*, const CompiledWasmModule*)
    V8_SYMBOL("_ZN2v816WasmModuleObject18FromCompiledModuleEPNS_7IsolateERKNS_18CompiledWasmModuleE");
}

}  // namespace isolates::v8abi
