// Bytes of V8's that leave the process: sealed, so that V8 never sees what it did not write itself.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace isolates::engine {

/// Snapshots and code caches contain what V8 trusts blindly: on a mismatch it aborts or reads past the end.
/// So they travel in an envelope with a magic number, V8's version and flags, and a checksum of everything.
/// It protects from accidents (garbage, truncation, another V8), not from a forger.
struct SealedBytes {
  enum class Kind : uint32_t {
    kSnapshot = 0x534e4150,
    kScriptCache = 0x43414348,
    kModuleCache = 0x4d4f4443,
  };
  static constexpr size_t kHeaderBytes = 64;

  /// Room for the header; what is appended to it is the content.
  static std::string begin(size_t content_bytes);
  /// Fills in the header. `tag` is whatever the owner wants to know before it looks inside.
  static void close(std::string& bytes, Kind kind, uint64_t tag);

  struct Opened {
    const char* content;
    size_t size;
    uint64_t tag;
  };
  /// Not cryptographic.
  static uint64_t checksum(const void* data, size_t size);
  /// Nothing if these are not sealed bytes of this kind, whole and from this V8.
  static std::optional<Opened> open(const void* data, size_t size, Kind kind);
};

}  // namespace isolates::engine
