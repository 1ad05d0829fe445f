// The memory of an ArrayBuffer or SharedArrayBuffer, held from anywhere.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/array_buffers.h"
#include "engine/memory_ledger.h"
#include "engine/v8_shared.h"

namespace isolates::engine {

/// A counted reference to one of V8's backing stores. It outlives every isolate; the last one to go, here or
/// in a heap, frees the memory. Any thread; no isolate is needed.
///
/// Memory that is not shared belongs to one ArrayBuffer or one copy at a time: who hands it on gives his up.
class BackingStore {
 public:
  BackingStore() = default;
  /// Takes over one count of what V8 has returned.
  explicit BackingStore(v8abi::SharedPtr counted) : held_(counted) {}

  /// Memory of the host's (ArrayBuffers::of_host), from V8's own allocator, as its sandbox demands. Empty: no
  /// memory. Zeroed if it is shared, else with whatever was there.
  static BackingStore allocate(size_t length, v8abi::SharedFlag shared);
  /// Zeroed memory that JavaScript can resize, or grow if it is shared. Empty: no memory. `inside`: the
  /// isolate that the caller is in, which collects garbage before that; null is none.
  static BackingStore allocate_resizable(size_t length, size_t max_length, v8abi::SharedFlag shared,
                                         ArrayBuffers* payer, v8abi::V8Isolate* inside);

  explicit operator bool() const { return held_.get(); }
  uint8_t* data() const { return static_cast<uint8_t*>(v8abi::backing_store_data(held_.get())); }
  /// May grow at any time if it is shared and growable.
  size_t length() const { return v8abi::backing_store_byte_length(held_.get()); }
  size_t max_length() const { return v8abi::backing_store_max_byte_length(held_.get()); }
  bool is_shared() const { return v8abi::backing_store_is_shared(held_.get()); }
  bool is_resizable() const { return v8abi::backing_store_is_resizable(held_.get()); }
  /// WebAssembly's memory never leaves its isolate.
  bool is_wasm_memory() const;

  /// For the MemoryLedger. `maker`: whose allocator made it, in case that the ledger does not know the
  /// memory.
  LedgerMemory memory(ArrayBuffers* maker) const { return {data(), length(), maker}; }

  v8abi::SharedPtr give() && { return std::move(held_).give(); }

 private:
  V8Shared held_;
};

/// V8 aborts where it is asked for more.
inline constexpr size_t kMaxBufferBytes = (size_t{1} << 35) - 1;

}  // namespace isolates::engine
