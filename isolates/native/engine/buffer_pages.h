// WebAssembly memories and resizable buffers count against their isolate's limit.
#pragma once

namespace isolates::engine {

/// V8 takes their pages from allocators of the process, not from the isolate's: from one for the reservation
/// and from another one when they grow. Both get a vtable of ours, which asks the isolate that runs on the
/// thread (ArrayBuffers::take) before pages are committed. Everything else passes through. Once, at import.
void install_buffer_pages();

class ArrayBuffers;

/// While it lives, `payer` pays for the pages that this thread takes, whatever isolate runs; null is nobody.
class PagesFor {
 public:
  explicit PagesFor(ArrayBuffers* payer);
  ~PagesFor();
  PagesFor(const PagesFor&) = delete;
  PagesFor& operator=(const PagesFor&) = delete;
};

}  // namespace isolates::engine
