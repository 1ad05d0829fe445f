#include "engine/shared_buffers.h"

#include <algorithm>

#include "engine/isolate.h"

namespace isolates::engine {

/// One SharedArrayBuffer, until V8 has collected it.
struct SharedBuffers::Watch {
  SharedBuffers& owner;
  const void* start;
  Local weak;
  Share share;
};

SharedBuffers::SharedBuffers() = default;
SharedBuffers::~SharedBuffers() = default;

BackingStore SharedBuffers::give(Isolate& isolate, Local buffer) {
  BackingStore store(v8abi::shared_array_buffer_backing_store(buffer));
  watch(isolate, buffer, store);
  return store;
}

Local SharedBuffers::receive(Isolate& isolate, BackingStore store) {
  auto& account = isolate.array_buffers();
  // Held until the watch has a part of its own.
  auto share = MemoryLedger::instance().share(store.memory(&ArrayBuffers::of_host()), &account);
  if (!share) {
    v8abi::isolate_low_memory(isolate.v8());
    share = MemoryLedger::instance().share(store.memory(&ArrayBuffers::of_host()), &account);
  }
  if (!share) return nullptr;
  Local buffer = v8abi::shared_array_buffer_new(isolate.v8(), BackingStore(store).give());
  if (buffer) watch(isolate, buffer, store);
  return buffer;
}

bool SharedBuffers::watch(Isolate& isolate, Local buffer, const BackingStore& store) {
  const void* start = store.data();
  if (!start) return true;
  auto [first, last] = watches_.equal_range(start);
  if (std::any_of(first, last, [&](const auto& it) { return *it.second->weak == *buffer; })) return true;
  auto& account = isolate.array_buffers();
  auto share = MemoryLedger::instance().share(store.memory(&account), &account);
  if (!share) return false;
  Local weak = v8abi::global_new(isolate.v8(), *buffer);
  auto watch = std::make_unique<Watch>(Watch{*this, start, weak, std::move(*share)});
  v8abi::global_make_weak(weak, watch.get(), on_collected, 0);
  watches_.emplace(start, std::move(watch));
  return true;
}

void SharedBuffers::on_collected(const v8abi::WeakCallbackInfo& info) {
  auto* watch = static_cast<Watch*>(info.parameter);
  v8abi::global_delete(watch->weak);
  auto& watches = watch->owner.watches_;
  auto [first, last] = watches.equal_range(watch->start);
  auto found = std::find_if(first, last, [&](const auto& it) { return it.second.get() == watch; });
  if (found != last) watches.erase(found);
}

}  // namespace isolates::engine
