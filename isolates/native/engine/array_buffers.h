// The memory of one isolate that lies outside V8's heap: ArrayBuffers, WebAssembly memories, copies in
// flight.
#pragma once
#include <atomic>
#include <cstddef>

#include "engine/v8_abi.h"

namespace isolates::engine {

/// Counts and limits what V8 allocates for buffers. V8's sandbox demands that the memory comes from V8's
/// own allocator, so this wraps it. Fixed buffers come through Allocate, WebAssembly memories and resizable
/// buffers through the process's page allocator (buffer_pages.h).
///
/// Buffers may outlive their isolate (shared ones, or copies that Python holds), and V8 frees them through
/// this object: it is owned by the isolate and by each live allocation together.
/// Any thread.
class ArrayBuffers final : public v8abi::ArrayBufferAllocator {
 public:
  static ArrayBuffers* make(size_t limit_bytes) { return new ArrayBuffers(limit_bytes); }
  /// What is held outside of all isolates, by copies: without a limit, for ever.
  static ArrayBuffers& of_host();
  /// The isolate's share in it ends.
  void release() { drop_owner(); }

  size_t allocated_bytes() const { return allocated_.load(std::memory_order_relaxed); }
  /// What the heap used after the last collection counts against the same limit.
  size_t heap_bytes() const { return heap_.load(std::memory_order_relaxed); }
  void set_heap_bytes(size_t bytes) { heap_.store(bytes, std::memory_order_relaxed); }
  /// For memory that is no buffer but is held for this isolate: false if it does not fit.
  bool take(size_t bytes);
  /// Also if it does not fit.
  void take_anyway(size_t bytes) { allocated_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_back(size_t bytes) { allocated_.fetch_sub(bytes, std::memory_order_relaxed); }

  void* Allocate(size_t length) override;
  void* AllocateUninitialized(size_t length) override;
  void Free(void* data, size_t length) override;
  size_t MaxAllocationSize() const override { return wrapped_->MaxAllocationSize(); }
  v8abi::PageAllocator* GetPageAllocator() override { return wrapped_->GetPageAllocator(); }

  /// An allocation made elsewhere (buffer_pages.h) lives as long as its owner here.
  void add_owner() { owners_.fetch_add(1, std::memory_order_relaxed); }
  void drop_owner();
  /// From now on who pays for what was allocated here may stand in the MemoryLedger.
  void note_in_ledger() { in_ledger_.store(true, std::memory_order_relaxed); }

 private:
  explicit ArrayBuffers(size_t limit_bytes);
  ~ArrayBuffers() override;

  v8abi::ArrayBufferAllocator* wrapped_;
  const size_t limit_;
  std::atomic<size_t> allocated_{0};
  std::atomic<size_t> heap_{0};
  std::atomic<size_t> owners_{1};
  std::atomic<bool> in_ledger_{false};
};

}  // namespace isolates::engine
