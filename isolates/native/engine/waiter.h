// Where a thread waits for an outcome that comes from another thread.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "engine/outcome.h"
#include "lib/thread_pool.h"

namespace isolates::engine {

/// Shared by the waiting thread and who tells it. Told once.
class Waiter {
 public:
  void end(Outcome outcome) {
    std::lock_guard<std::mutex> guard(mutex_);
    outcome_ = std::move(outcome);
    ended_.notify_one();
  }

  /// `look`: FifoLock::wait_lock. Nothing if it has ended the waiting.
  std::optional<Outcome> wait_end(const std::function<bool()>& look) {
    lib::ThreadPool::Waiting waiting;
    std::unique_lock<std::mutex> guard(mutex_);
    auto done = [this] { return outcome_.has_value(); };
    if (!look) ended_.wait(guard, done);
    while (!ended_.wait_for(guard, std::chrono::milliseconds(50), done)) {
      guard.unlock();
      bool interrupted = look();
      guard.lock();
      if (interrupted) return std::nullopt;
    }
    return std::move(outcome_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Outcome> outcome_;
};

}  // namespace isolates::engine
