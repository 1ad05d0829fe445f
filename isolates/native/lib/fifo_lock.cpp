#include "lib/fifo_lock.h"

#include <algorithm>
#include <chrono>

namespace isolates::lib {

FifoLock::Wait FifoLock::wait_lock(const std::function<bool()>& look) {
  std::unique_lock<std::mutex> guard(mutex_);
  auto self = std::this_thread::get_id();
  if (owner_ == self) {  // also when abandoned: the holder may finish what it is in
    ++depth_;
    return Wait::kAcquired;
  }
  if (abandoned_) return Wait::kAbandoned;
  if (depth_ != 0 || !waiters_.empty()) {
    Wait end = wait_turn(guard, look);
    if (end != Wait::kAcquired) return end;
  }
  owner_ = self;
  depth_ = 1;
  return Wait::kAcquired;
}

FifoLock::Wait FifoLock::wait_turn(std::unique_lock<std::mutex>& guard, const std::function<bool()>& look) {
  Waiter me;
  waiters_.push_back(&me);
  auto done = [&] { return me.granted || abandoned_; };
  bool interrupted = false;
  if (!look) me.woken.wait(guard, done);
  while (!done() && !interrupted) {
    if (me.woken.wait_for(guard, std::chrono::milliseconds(50), done)) break;
    guard.unlock();
    interrupted = look();
    guard.lock();
  }
  if (me.granted && !abandoned_ && !interrupted) return Wait::kAcquired;
  // Granted and interrupted at once: pass the turn on, or nobody would ever get it.
  if (me.granted) {
    depth_ = 0;
    grant_next();
  } else {
    waiters_.erase(std::remove(waiters_.begin(), waiters_.end(), &me), waiters_.end());
  }
  return abandoned_ ? Wait::kAbandoned : Wait::kInterrupted;
}

bool FifoLock::try_lock() {
  std::lock_guard<std::mutex> guard(mutex_);
  auto self = std::this_thread::get_id();
  if (depth_ != 0 && owner_ != self) return false;
  if (depth_ == 0 && (abandoned_ || !waiters_.empty())) return false;
  owner_ = self;
  ++depth_;
  return true;
}

void FifoLock::grant_next() {
  if (waiters_.empty()) return;
  Waiter* next = waiters_.front();
  waiters_.pop_front();
  next->granted = true;
  depth_ = 1;  // taken on its behalf, so that nobody slips in before it wakes
  next->woken.notify_one();
}

void FifoLock::unlock() {
  std::lock_guard<std::mutex> guard(mutex_);
  if (--depth_ != 0) return;
  owner_ = {};
  grant_next();
}

bool FifoLock::held_here() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return depth_ != 0 && owner_ == std::this_thread::get_id();
}

void FifoLock::abandon() {
  std::lock_guard<std::mutex> guard(mutex_);
  abandoned_ = true;
  for (Waiter* waiter : waiters_) waiter->woken.notify_one();
}

}  // namespace isolates::lib
