// Memory that V8's library takes by malloc for an isolate: ICU's objects, syntax trees, regular expressions.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace isolates::engine {

/// V8 knows no size for most of it, so a script
/// could take all of the machine's memory below any heap limit. Bytes in use, by the thread that takes them;
/// what is shared inside ICU counts for the isolate that caused it, so the figure is an estimate and may be a
/// little below zero.
class NativeMemory {
 public:
  explicit NativeMemory(size_t limit_bytes)
      : most_(static_cast<int64_t>(limit_bytes * 2 + (size_t{64} << 20))) {}

  size_t bytes() const {
    int64_t bytes = bytes_.load(std::memory_order_relaxed);
    return bytes > 0 ? static_cast<size_t>(bytes) : 0;
  }
  void add(int64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  /// Beyond this even a single native operation gets no more; V8 gives up, and the rescue zone has it.
  bool is_exhausted() const { return bytes_.load(std::memory_order_relaxed) > most_; }

 private:
  const int64_t most_;
  std::atomic<int64_t> bytes_{0};
};

/// Puts counting versions of malloc, calloc, realloc and free into the import table of V8's library, for its
/// own calls only. Once, at import. Does nothing on macOS, where such memory stays uncounted.
void install_native_memory();

}  // namespace isolates::engine
