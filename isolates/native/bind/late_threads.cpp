#include "bind/late_threads.h"

#include <pybind11/pybind11.h>

#if defined(__GLIBC__) && PY_VERSION_HEX < 0x030e0000

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>
#include <unwind.h>

#include "engine/import_table.h"

namespace isolates::bind {
namespace {

void* library_of(const void* address) {
  Dl_info library{};
  return dladdr(address, &library) ? library.dli_fbase : nullptr;
}

struct Search {
  void* const ours = library_of(reinterpret_cast<void*>(park_late_threads));
  bool left = false;  // the frames that search
  bool found = false;
};

_Unwind_Reason_Code look_at_frame(_Unwind_Context* frame, void* argument) {
  auto& search = *static_cast<Search*>(argument);
  bool is_ours = library_of(reinterpret_cast<void*>(_Unwind_GetIP(frame))) == search.ours;
  search.found = search.left && is_ours;
  search.left = search.left || !is_ours;
  return search.found ? _URC_NORMAL_STOP : _URC_NO_REASON;
}

[[noreturn]] void exit_thread(void* value) {
  Search search;
  _Unwind_Backtrace(look_at_frame, &search);
  if (!search.found) pthread_exit(value);
  for (;;) pause();
}

}  // namespace

void park_late_threads() {
  const engine::Import import{"pthread_exit", reinterpret_cast<void*>(exit_thread)};
  engine::replace_imports(reinterpret_cast<void*>(PyThread_exit_thread), &import, 1);
}

}  // namespace isolates::bind

#else

namespace isolates::bind {
void park_late_threads() {}
}  // namespace isolates::bind

#endif
