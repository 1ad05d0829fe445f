// Threads whose asyncio loop can't run.
#pragma once
#include <atomic>
#include <memory>

namespace isolates::bind {

/// For the time of a synchronous call or a wait: the thread's asyncio loop can't run anything. Coroutines
/// that JavaScript starts meanwhile run in a loop of another thread instead.
class Blocking {
 public:
  Blocking() { ++*shared_depth(); }
  ~Blocking() { --*shared_depth(); }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  using Depth = std::shared_ptr<std::atomic<int>>;
  /// The calling thread's.
  static const Depth& shared_depth() {
    static thread_local Depth depth = std::make_shared<std::atomic<int>>(0);
    return depth;
  }
};

}  // namespace isolates::bind
