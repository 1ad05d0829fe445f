#include "engine/v8_free.h"

#include <dlfcn.h>

#include "engine/v8_abi.h"

namespace isolates::engine {
namespace {

using Free = void (*)(void*);

/// By a lookup in V8's library itself: our own calls of operator delete are bound to libstdc++'s.
Free find_free() {
  constexpr char kDeleteArray[] = "_ZdaPv";
  Dl_info library{};
  if (!dladdr(reinterpret_cast<void*>(v8abi::mr_v8_version), &library)) return nullptr;
  void* handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return handle ? reinterpret_cast<Free>(dlsym(handle, kDeleteArray)) : nullptr;
}

}  // namespace

void free_from_v8(const void* memory) {
  static const Free free = find_free();
  if (free) free(const_cast<void*>(memory));
}

}  // namespace isolates::engine
