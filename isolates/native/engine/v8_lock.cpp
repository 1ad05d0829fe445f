#include "engine/v8_lock.h"

#include <atomic>

namespace isolates::engine {
namespace {

/// Never used again, as pthread's are.
uint64_t thread_number() {
  static std::atomic<uint64_t> last{0};
  static thread_local uint64_t number = 0;
  if (number == 0) number = ++last;
  return number;
}

}  // namespace

void V8Lock::take(v8abi::V8Isolate* isolate) {
  uint64_t self = thread_number();
  if (holder_ == self) return;
  give_back();
  v8abi::locker_initialize(bytes_, isolate);
  holder_ = self;
}

void V8Lock::give_back() {
  if (holder_ != 0) v8abi::locker_destroy(bytes_);
  holder_ = 0;
}

V8Lock V8Lock::lend() {
  V8Lock lent = *this;
  holder_ = 0;
  return lent;
}

}  // namespace isolates::engine
