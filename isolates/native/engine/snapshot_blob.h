// A startup snapshot as V8 reads it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "engine/v8_abi_snapshot.h"
#include "engine/value.h"

namespace isolates::engine {

/// Immutable, checked once, and shared by all isolates that started from it: V8 reads its contexts off it for
/// as long as they live. Always a copy of our own, as the bytes that somebody holds may change under V8.
/// Any thread.
class SnapshotBlob {
 public:
  /// Takes what V8 has made and frees it.
  static std::shared_ptr<const SnapshotBlob> of_v8(v8abi::StartupData made);
  /// Failure (kValue, the rest of a sentence) if these are not the bytes of a snapshot for this V8.
  static std::variant<std::shared_ptr<const SnapshotBlob>, Failure> open(const void* data, size_t size);

  /// Sealed: what travels.
  const std::string& bytes() const { return bytes_; }
  const v8abi::StartupData* v8() const { return &v8_; }

 private:
  explicit SnapshotBlob(std::string bytes);

  const std::string bytes_;
  const v8abi::StartupData v8_;
};

}  // namespace isolates::engine
