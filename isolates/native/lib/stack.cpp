#include "lib/stack.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>

namespace isolates::lib {
namespace {

uintptr_t find_stack_bottom() {
#ifdef __APPLE__
  auto top = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self()));
  return top - pthread_get_stacksize_np(pthread_self());
#else
  pthread_attr_t attributes;
  void* lowest = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return stack_pointer() - (256 << 10);
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<uintptr_t>(lowest);
#endif
}

}  // namespace

uintptr_t stack_bottom() {
  static thread_local uintptr_t bottom = find_stack_bottom();
  return bottom;
}

}  // namespace isolates::lib
