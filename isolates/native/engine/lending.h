// Giving an isolate to other threads in the middle of its JavaScript.
#pragma once
#include <optional>

#include "engine/isolate.h"
#include "engine/v8_scopes.h"
#include "lib/fifo_lock.h"

namespace isolates::engine {

class Entry;

/// While the thread that runs `isolate` waits for something else: others may take the lock and make
/// synchronous calls. On the stack of that thread, inside an Isolate::Outside. V8 keeps what belongs to the
/// thread (its handles, entered contexts, stack limit) when it is unlocked, and gives it back.
///
/// Nothing is lent if the thread has entered the isolate more than once: frames of other isolates may lie
/// between. Then, and for those who wait for the lock anyway, the edge in the wait graph tells of a deadlock
/// with `needed`, the isolate that has to run before the waiting ends.
///
/// The destructor takes the lock back. If the isolate was given up meanwhile it leaves by the rescue zone,
/// as V8 may not be entered again.
class Lending {
 public:
  Lending(Isolate& isolate, Isolate* needed);
  ~Lending() noexcept(false);
  Lending(const Lending&) = delete;
  Lending& operator=(const Lending&) = delete;

  /// What this thread runs in the isolate has been told to stop.
  bool is_being_stopped() const;

 private:
  void lend();
  void take_back();

  Isolate& isolate_;
  std::optional<lib::FifoLock::WaitEdge> edge_;
  Run* runs_ = nullptr;
  bool lent_ = false;
  int outside_ = 0;
  alignas(16) unsigned char unlocker_[64] = {};
};

}  // namespace isolates::engine
