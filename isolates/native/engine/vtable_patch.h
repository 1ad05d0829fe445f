// Replacing single virtual functions of an object of V8's.
#pragma once
#include <array>
#include <cstddef>
#include <cstring>

namespace isolates::engine {

/// A copy of an object's vtable, in which slots can be replaced, and which the object then gets. The Itanium
/// ABI has two words before the first slot (offset to top, type information). Lives as long as the process.
template <size_t slots>
class VtablePatch {
 public:
  explicit VtablePatch(void* object) : object_(static_cast<void***>(object)) {
    std::memcpy(table_.data(), *object_ - kHeader, sizeof table_);
  }

  template <class Function>
  Function replace(size_t slot, Function function) {
    auto original = reinterpret_cast<Function>(table_[kHeader + slot]);
    table_[kHeader + slot] = reinterpret_cast<void*>(function);
    return original;
  }
  void install() { *object_ = table_.data() + kHeader; }

 private:
  static constexpr size_t kHeader = 2;
  void*** object_;
  std::array<void*, kHeader + slots> table_;
};

}  // namespace isolates::engine
