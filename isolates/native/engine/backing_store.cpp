#include "engine/backing_store.h"

#include "engine/buffer_pages.h"
#include "engine/rescue.h"

namespace isolates::engine {
namespace {

/// Deletes a BackingStore with V8's own operator delete.
void delete_store(void* store) {
  v8abi::BackingStoreControl control{v8abi::backing_store_control_vtable + 2, 0, 0, store};
  v8abi::backing_store_control_slot(v8abi::kOnZeroSharedSlot)(&control);
}

class StoreControl final : public v8abi::SharedControl {
 public:
  explicit StoreControl(void* store) : store_(store) {}
  void on_zero_shared() override { delete_store(store_); }
  const void* get_deleter(const void*) const override { return nullptr; }
  void on_zero_shared_weak() override { delete this; }

 private:
  void* store_;
};

BackingStore of_unique(v8abi::UniquePtr store) {
  if (!store.object) return {};
  return BackingStore({store.object, new StoreControl(store.object)});
}

void free_host_memory(void* data, size_t length, void*) { ArrayBuffers::of_host().Free(data, length); }

}  // namespace

BackingStore BackingStore::allocate(size_t length, v8abi::SharedFlag shared) {
  auto make = shared == v8abi::kShared ? v8abi::backing_store_new_shared : v8abi::backing_store_new;
  if (length > kMaxBufferBytes) return {};
  // V8 calls no deleter where there is no memory.
  if (length == 0) return of_unique(make(nullptr, 0, free_host_memory, nullptr));
  auto& host = ArrayBuffers::of_host();
  void* data = shared == v8abi::kShared ? host.Allocate(length) : host.AllocateUninitialized(length);
  if (!data) return {};
  return of_unique(make(data, length, free_host_memory, nullptr));
}

BackingStore BackingStore::allocate_resizable(size_t length, size_t max_length, v8abi::SharedFlag shared,
                                              ArrayBuffers* payer, v8abi::V8Isolate* inside) {
  constexpr int kDoNotThrow = 0;
  constexpr uint8_t kNotWasmMemory = 0;
  if (length > max_length || max_length > kMaxBufferBytes) return {};
  PagesFor scope(payer, inside ? PagesFor::Failure::kReturn : PagesFor::Failure::kLeave);
  size_t page_size = 0, initial_pages = 0, max_pages = 0;
  auto configured = v8abi::resizable_page_configuration(nullptr, length, max_length, kDoNotThrow, &page_size,
                                                        &initial_pages, &max_pages);
  if (!configured.has) return {};
  v8abi::UniquePtr made{};
  auto make = [&] {
    made = v8abi::backing_store_new_resizable(inside, length, max_length, page_size, initial_pages, max_pages,
                                              kNotWasmMemory, shared, false);
  };
  if (inside) {
    make();
  } else {
    char reason[64];
    if (!run_rescued(make, reason, sizeof reason)) return {};
  }
  return of_unique(made);
}

bool BackingStore::is_wasm_memory() const {
  auto* object = static_cast<const unsigned char*>(held_.get());
  auto* flags = reinterpret_cast<const uint16_t*>(object + v8abi::kBackingStoreFlagsOffset);
  return (__atomic_load_n(flags, __ATOMIC_RELAXED) & v8abi::kBackingStoreIsWasmMemory) != 0;
}

}  // namespace isolates::engine
