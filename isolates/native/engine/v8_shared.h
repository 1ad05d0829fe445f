// A share in an object of V8's that libc++'s shared_ptr counts.
#pragma once
#include <utility>

#include "engine/v8_abi_buffers.h"

namespace isolates::engine {

/// Any thread. Our own standard library's shared_ptr is another one.
class V8Shared {
 public:
  V8Shared() = default;
  /// Takes over one count of what V8 has returned.
  explicit V8Shared(v8abi::SharedPtr counted) : held_(counted) {}
  V8Shared(const V8Shared& other) : held_(other.held_) {
    if (held_.control) __atomic_fetch_add(&control().shared_minus_one, 1, __ATOMIC_RELAXED);
  }
  V8Shared(V8Shared&& other) noexcept : held_(std::exchange(other.held_, {})) {}
  V8Shared& operator=(V8Shared other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~V8Shared() {
    // As libc++'s __shared_weak_count, whose functions V8's library does not export.
    if (!held_.control) return;
    auto& it = control();
    if (__atomic_fetch_sub(&it.shared_minus_one, 1, __ATOMIC_ACQ_REL) != 0) return;
    it.on_zero_shared();
    if (__atomic_load_n(&it.weak_minus_one, __ATOMIC_ACQUIRE) == 0 ||
        __atomic_fetch_sub(&it.weak_minus_one, 1, __ATOMIC_ACQ_REL) == 0) {
      it.on_zero_shared_weak();
    }
  }

  void* get() const { return held_.object; }
  /// For a function of V8's that takes a shared_ptr by value, which then owns this count.
  v8abi::SharedPtr give() && { return std::exchange(held_, {}); }

 private:
  v8abi::SharedControl& control() const { return *static_cast<v8abi::SharedControl*>(held_.control); }

  v8abi::SharedPtr held_{};
};

}  // namespace isolates::engine
