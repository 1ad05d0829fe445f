// One thread for all deadlines of the process.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "lib/clock.h"

namespace isolates::lib {

/// Calls short actions at their time on its own thread, which is started with the first of them and sleeps
/// until the next deadline. Actions must not wait and never take the GIL. Never destroyed.
class Timer {
 public:
  using Id = uint64_t;  // 0 is none

  static Timer& instance();
  Id schedule(TimePoint when, std::function<void()> action);

  /// The action will not start any more; it may be running right now.
  void cancel(Id id);

 private:
  Timer() = default;
  void run_thread();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<TimePoint, Id>, std::function<void()>> actions_;
  std::map<Id, TimePoint> deadlines_;
  Id last_id_ = 0;
  bool started_ = false;
};

}  // namespace isolates::lib
