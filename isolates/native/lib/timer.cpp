#include "lib/timer.h"

#include <system_error>
#include <thread>

namespace isolates::lib {

Timer& Timer::instance() {
  static auto* timer = new Timer();
  return *timer;
}

Timer::Id Timer::schedule(TimePoint when, std::function<void()> action) {
  std::lock_guard<std::mutex> guard(mutex_);
  Id id = ++last_id_;
  bool is_next = actions_.empty() || when < actions_.begin()->first.first;
  actions_.emplace(std::make_pair(when, id), std::move(action));
  deadlines_.emplace(id, when);
  if (!started_) {
    try {
      std::thread([this] { run_thread(); }).detach();
      started_ = true;
    } catch (const std::system_error&) {
      // No thread to be had: the next call tries again, and then this action's time has come too.
    }
  } else if (is_next) {
    changed_.notify_one();
  }
  return id;
}

void Timer::cancel(Id id) {
  std::function<void()> doomed;  // destroyed without the mutex: it may own the last reference to an isolate
  std::lock_guard<std::mutex> guard(mutex_);
  auto deadline = deadlines_.find(id);
  if (deadline == deadlines_.end()) return;
  auto action = actions_.find({deadline->second, id});
  doomed = std::move(action->second);
  actions_.erase(action);
  deadlines_.erase(deadline);
}

void Timer::run_thread() {
  std::unique_lock<std::mutex> guard(mutex_);
  for (;;) {
    if (actions_.empty()) {
      changed_.wait(guard);
      continue;
    }
    auto next = actions_.begin();
    TimePoint when = next->first.first;
    if (SteadyClock::now() < when) {
      changed_.wait_until(guard, when);
      continue;
    }
    auto action = std::move(next->second);
    deadlines_.erase(next->first.second);
    actions_.erase(next);
    guard.unlock();
    action();
    action = nullptr;
    guard.lock();
  }
}

}  // namespace isolates::lib
