// WebAssembly memories and resizable buffers count against their isolate's limit.
#pragma once
#include <cstdint>

namespace isolates::engine {

/// V8 takes their pages from allocators of the process, not from the isolate's: from one for the reservation
/// and from another one when they grow. Both get a vtable of ours, which asks the isolate that runs on the
/// thread (ArrayBuffers::take) before pages are committed. Everything else passes through. Once, at import.
void install_buffer_pages();

class ArrayBuffers;

/// While it lives, `payer` pays for the pages that this thread takes, whatever isolate runs; null is nobody.
class PagesFor {
 public:
  /// What happens where there are none: V8 is told, or the thread leaves its rescue zone. V8 asks the isolate
  /// for a collection when it is told, without looking whether there is one.
  enum class Failure : uint8_t { kReturn, kLeave };

  PagesFor(ArrayBuffers* payer, Failure failure);
  ~PagesFor();
  PagesFor(const PagesFor&) = delete;
  PagesFor& operator=(const PagesFor&) = delete;
};

}  // namespace isolates::engine
