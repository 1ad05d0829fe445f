// V8's own lock of an isolate.
#pragma once
#include <cstdint>

#include "engine/v8_abi.h"

namespace isolates::engine {

/// One for each isolate, guarded by its FifoLock (lib/fifo_lock.h), which is what threads wait for: V8's is
/// never contended. It stays with the thread that was inside last, until another one comes: taking it and
/// giving it back makes V8 set up and free what it keeps for a thread, a seventh of a short call.
///
/// So it may be given back on another thread than the one that took it, which may be gone by then. V8 looks
/// at its owner by a number in the isolate, and at no thread; the mutex below is Abseil's and has no owner.
/// abi_check.cpp repeats it.
class V8Lock {
 public:
  /// Before the outermost entry of a thread.
  void take(v8abi::V8Isolate* isolate);
  void give_back();

  /// For the time in which the thread that has it has unlocked V8 (Lending): as if nobody had it. The copy
  /// comes back by `put_back`, after a `give_back` of what others took meanwhile.
  V8Lock lend();
  void put_back(const V8Lock& lent) { *this = lent; }

 private:
  uint64_t holder_ = 0;                       // the thread's number; 0: nobody
  alignas(16) unsigned char bytes_[64] = {};  // v8::Locker, which may be moved
};

}  // namespace isolates::engine
