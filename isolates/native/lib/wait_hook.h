// What is done before a thread waits.
#pragma once
#include <functional>

namespace isolates::lib {

/// On the stack of a thread that keeps others from something: `action` runs at the beginning of each
/// ThreadPool::Waiting of this thread, so that they do not wait for what it waits for.
class WaitHook {
 public:
  explicit WaitHook(std::function<void()> action);
  ~WaitHook();
  WaitHook(const WaitHook&) = delete;
  WaitHook& operator=(const WaitHook&) = delete;

  /// Runs those of the calling thread.
  static void run_all();

 private:
  const std::function<void()> action_;
  WaitHook* const outer_;
};

}  // namespace isolates::lib
