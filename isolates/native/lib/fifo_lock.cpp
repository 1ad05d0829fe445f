#include "lib/fifo_lock.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>

namespace isolates::lib {
namespace {

/// Which lock each waiting thread waits for. Leaf-like: taken before a lock's mutex, never after.
struct WaitGraph {
  std::mutex mutex;
  std::unordered_map<std::thread::id, const FifoLock*> waits_for;
};
WaitGraph& wait_graph() {
  static auto* it = new WaitGraph();
  return *it;
}

}  // namespace

FifoLock::WaitEdge::WaitEdge(const FifoLock& lock) {
  std::lock_guard<std::mutex> guard(wait_graph().mutex);
  auto& edge = wait_graph().waits_for[std::this_thread::get_id()];
  outer_ = edge;
  edge = &lock;
}

FifoLock::WaitEdge::~WaitEdge() {
  std::lock_guard<std::mutex> guard(wait_graph().mutex);
  auto& waits_for = wait_graph().waits_for;
  if (outer_) {
    waits_for[std::this_thread::get_id()] = outer_;
  } else {
    waits_for.erase(std::this_thread::get_id());
  }
}

bool FifoLock::is_deadlocked() const {
  std::lock_guard<std::mutex> guard(wait_graph().mutex);
  const auto& waits_for = wait_graph().waits_for;
  const FifoLock* lock = this;
  for (size_t step = 0; step <= waits_for.size(); ++step) {
    std::thread::id owner;
    {
      std::lock_guard<std::mutex> lock_guard(lock->mutex_);
      owner = lock->owner_;
    }
    if (owner == std::this_thread::get_id()) return true;
    auto next = waits_for.find(owner);
    if (next == waits_for.end()) return false;
    lock = next->second;
  }
  return false;
}

FifoLock::Wait FifoLock::wait_lock(const std::function<bool()>& look) {
  auto self = std::this_thread::get_id();
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (owner_ == self) {  // also when abandoned: the holder may finish what it is in
      ++depth_;
      return Wait::kAcquired;
    }
    if (abandoned_) return Wait::kAbandoned;
    if (take_if_free(self)) return Wait::kAcquired;
  }
  WaitEdge edge(*this);  // outlives the guard: the graph's mutex comes before a lock's
  std::unique_lock<std::mutex> guard(mutex_);
  if (take_if_free(self)) return Wait::kAcquired;
  Wait end = wait_turn(guard, look);
  if (end == Wait::kAcquired) {
    owner_ = self;
    depth_ = 1;
  }
  return end;
}

bool FifoLock::take_if_free(std::thread::id self) {
  if (depth_ != 0 || !waiters_.empty() || abandoned_) return false;
  owner_ = self;
  depth_ = 1;
  return true;
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
  if (depth_ == 0 || owner_ != self) return take_if_free(self);
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
  owner_ = std::thread::id();
  grant_next();
}

int FifoLock::unlock_all() {
  std::lock_guard<std::mutex> guard(mutex_);
  int depth = depth_;
  depth_ = 0;
  owner_ = std::thread::id{};
  grant_next();
  return depth;
}

void FifoLock::set_depth(int depth) {
  std::lock_guard<std::mutex> guard(mutex_);
  depth_ = depth;
}

bool FifoLock::held_here() const {
  return owner_ == std::this_thread::get_id();  // nobody else makes this thread the owner, or ends it
}

void FifoLock::abandon() {
  std::lock_guard<std::mutex> guard(mutex_);
  abandoned_ = true;
  for (Waiter* waiter : waiters_) waiter->woken.notify_one();
}

}  // namespace isolates::lib
