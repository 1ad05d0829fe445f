// V8's own tasks for one isolate: they wake it instead of waiting to be polled.
#pragma once
#include <memory>
#include <mutex>

#include "engine/v8_abi.h"

namespace isolates::engine {

class Isolate;

/// What V8 posts to (the end of a WebAssembly compilation, FinalizationRegistry callbacks, Atomics.waitAsync)
/// goes into the isolate's queue. Owned by the isolate; V8 may post from any thread until `close`.
class IsolateTaskRunner final : public v8abi::TaskRunner {
 public:
  explicit IsolateTaskRunner(Isolate& isolate) : isolate_(&isolate) {}
  /// Tasks posted from now on are dropped.
  void close();

  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }
  void PostTask(v8abi::Task* task, const void*) override { post(task); }
  void PostNonNestableTask(v8abi::Task* task, const void*) override { post(task); }
  void PostDelayedTask(v8abi::Task* task, double delay_s, const void*) override { post_later(task, delay_s); }
  void PostNonNestableDelayedTask(v8abi::Task* task, double delay_s, const void*) override {
    post_later(task, delay_s);
  }
  void PostIdleTask(v8abi::Task* task, const void*) override { delete task; }

 private:
  void post(v8abi::Task* task);
  void post_later(v8abi::Task* task, double delay_s);

  std::mutex mutex_;
  Isolate* isolate_;
};

/// Puts a copy of the vtable with our GetForegroundTaskRunner into V8's platform object; once, at import.
/// Isolates that are not ours (PyMiniRacer's own) keep theirs.
void install_task_runners();

void register_task_runner(v8abi::V8Isolate* isolate, IsolateTaskRunner* runner);
void unregister_task_runner(v8abi::V8Isolate* isolate);

}  // namespace isolates::engine
