#include "engine/array_buffers.h"

#include <cstdint>
#include <cstring>

#include "engine/block_cache.h"
#include "engine/memory_ledger.h"

namespace isolates::engine {

ArrayBuffers::ArrayBuffers(size_t limit_bytes)
    : wrapped_(v8abi::array_buffer_allocator_new_default()), limit_(limit_bytes) {}

ArrayBuffers::~ArrayBuffers() { delete wrapped_; }

ArrayBuffers& ArrayBuffers::of_host() {
  static ArrayBuffers& it = *make(SIZE_MAX);
  return it;
}

void ArrayBuffers::drop_owner() {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

bool ArrayBuffers::take(size_t bytes) {
  size_t heap = heap_.load(std::memory_order_relaxed);
  size_t old = allocated_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || old + heap > limit_ - bytes) return false;
  } while (!allocated_.compare_exchange_weak(old, old + bytes, std::memory_order_relaxed));
  return true;
}

void* ArrayBuffers::Allocate(size_t length) {
  if (!take(length)) return nullptr;
  void* memory = BlockCache::instance().take(length);
  if (memory) {
    std::memset(memory, 0, length);
  } else {
    memory = wrapped_->Allocate(length);
  }
  memory ? add_owner() : give_back(length);
  return memory;
}

void* ArrayBuffers::AllocateUninitialized(size_t length) {
  if (!take(length)) return nullptr;
  void* memory = BlockCache::instance().take(length);
  if (!memory) memory = wrapped_->AllocateUninitialized(length);
  memory ? add_owner() : give_back(length);
  return memory;
}

void ArrayBuffers::Free(void* data, size_t length) {
  // Before the memory is free: its next owner may be on another thread.
  bool known = in_ledger_.load(std::memory_order_relaxed) && MemoryLedger::instance().remove(data);
  std::vector<BlockCache::Block> evicted;
  if (!BlockCache::instance().keep({data, length}, evicted)) wrapped_->Free(data, length);
  for (auto& block : evicted) wrapped_->Free(block.data, block.length);  // all share V8's one allocator
  if (!known) give_back(length);
  drop_owner();
}

}  // namespace isolates::engine
