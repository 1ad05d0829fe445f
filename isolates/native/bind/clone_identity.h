#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <vector>

namespace isolates::bind {

// Numbers of objects by their identity, which it keeps alive: no address is used twice while it lives. Open
// addressing, as std::unordered_map took a third of the time to write many small dicts.
class IdentityMap {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  uint32_t find(pybind11::handle object) const {
    return slots_.empty() ? kAbsent : slots_[slot_of(object)].id;
  }

  void add(pybind11::handle object, uint32_t id) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    ++size_;
    slots_[slot_of(object)] = Slot{pybind11::reinterpret_borrow<pybind11::object>(object), id};
  }

 private:
  struct Slot {
    pybind11::object object;
    uint32_t id = kAbsent;
  };

  // The object's own slot, or the free one where it belongs.
  size_t slot_of(pybind11::handle object) const {
    // Fibonacci hashing: the low bits of addresses are all alike.
    size_t slot = (reinterpret_cast<uintptr_t>(object.ptr()) * 0x9E3779B97F4A7C15U) >> 20;
    for (;; ++slot) {
      const Slot& candidate = slots_[slot & (slots_.size() - 1)];
      if (!candidate.object || candidate.object.is(object)) return slot & (slots_.size() - 1);
    }
  }

  void grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_ = std::vector<Slot>(old.empty() ? 64 : old.size() * 2);
    for (Slot& slot : old) {
      if (slot.object) slots_[slot_of(slot.object)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace isolates::bind
