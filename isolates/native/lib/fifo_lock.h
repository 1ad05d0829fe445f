// A lock that a thread may take again, serves waiters in their order, and can be abandoned.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace isolates::lib {

/// Guards one isolate. Owned by the isolate; any thread may wait for it, without the GIL.
/// std::mutex would do but for three things: synchronous callers must not starve behind a busy queue
/// (so: first in, first out), a wait must have a way out when the holder can never come back (`abandon`),
/// and a waiting main thread must still see Ctrl-C (`look`).
class FifoLock {
 public:
  enum class Wait { kAcquired, kAbandoned, kInterrupted };

  /// `look`, if given, is asked about every 50 ms of waiting, without any mutex held; true ends the wait.
  Wait wait_lock(const std::function<bool()>& look = {});
  bool try_lock();
  void unlock();
  bool held_here() const;
  /// The holder lends it: gives it up however often it has taken it. When it has it again (taken once),
  /// `set_depth` restores that.
  int unlock_all();
  void set_depth(int depth);

  /// Whether the thread that holds it waits, directly or through others, for a lock that the calling thread
  /// holds. For a thread that is waiting for it; looked at from time to time, as cycles do not go away.
  bool is_deadlocked() const;

  /// On the stack of a thread that waits for something that needs `lock`, so that cycles are seen.
  class WaitEdge {
   public:
    explicit WaitEdge(const FifoLock& lock);
    ~WaitEdge();
    WaitEdge(const WaitEdge&) = delete;
    WaitEdge& operator=(const WaitEdge&) = delete;

   private:
    const FifoLock* outer_ = nullptr;  // the edge that this one stands in for
  };

  /// From now on the lock can't be had: all who wait and who will ask get kAbandoned. The holder keeps it.
  void abandon();

 private:
  struct Waiter {
    std::condition_variable woken;
    bool granted = false;
  };
  Wait wait_turn(std::unique_lock<std::mutex>& guard, const std::function<bool()>& look);
  bool take_if_free(std::thread::id self);
  void grant_next();

  mutable std::mutex mutex_;
  std::atomic<std::thread::id> owner_{};  // written with the mutex
  int depth_ = 0;
  bool abandoned_ = false;
  std::deque<Waiter*> waiters_;
};

}  // namespace isolates::lib
