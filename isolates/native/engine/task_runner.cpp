#include "engine/task_runner.h"

#include <shared_mutex>
#include <unordered_map>

#include "engine/isolate.h"
#include "engine/vtable_patch.h"
#include "lib/timer.h"

namespace isolates::engine {
namespace {

struct TaskRunners {
  std::shared_mutex mutex;
  std::unordered_map<v8abi::V8Isolate*, IsolateTaskRunner*> runners;
};
TaskRunners& task_runners() {
  static auto* it = new TaskRunners();
  return *it;
}

using GetRunner = v8abi::SharedPtr (*)(void*, v8abi::V8Isolate*, int);
GetRunner original_get_runner;

v8abi::SharedPtr get_runner(void* platform, v8abi::V8Isolate* isolate, int priority) {
  {
    std::shared_lock<std::shared_mutex> guard(task_runners().mutex);
    auto found = task_runners().runners.find(isolate);
    // A shared_ptr without a control block owns nothing: the isolate does.
    if (found != task_runners().runners.end()) return {found->second, nullptr};
  }
  return original_get_runner(platform, isolate, priority);
}

}  // namespace

void IsolateTaskRunner::close() {
  std::lock_guard<std::mutex> guard(mutex_);
  isolate_ = nullptr;
}

void IsolateTaskRunner::post(v8abi::Task* task) {
  std::unique_ptr<v8abi::Task> owned(task);
  std::lock_guard<std::mutex> guard(mutex_);
  if (isolate_) isolate_->post_v8_task(std::move(owned));
}

void IsolateTaskRunner::post_later(v8abi::Task* task, double delay_s) {
  auto owned = std::make_shared<std::unique_ptr<v8abi::Task>>(task);
  std::weak_ptr<Isolate> weak;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (isolate_) weak = isolate_->weak_from_this();
  }
  auto delay = std::chrono::duration_cast<lib::SteadyClock::duration>(std::chrono::duration<double>(delay_s));
  lib::Timer::instance().schedule(lib::SteadyClock::now() + delay, [weak, owned] {
    if (auto isolate = weak.lock()) isolate->post_v8_task(std::move(*owned));
  });
}

void install_task_runners() {
  auto& patch = *new VtablePatch<v8abi::kPlatformVtableSlots>(v8abi::current_platform());
  original_get_runner = patch.replace<GetRunner>(v8abi::kGetForegroundTaskRunnerSlot, get_runner);
  patch.install();
}

void register_task_runner(v8abi::V8Isolate* isolate, IsolateTaskRunner* runner) {
  std::unique_lock<std::shared_mutex> guard(task_runners().mutex);
  task_runners().runners[isolate] = runner;
}

void unregister_task_runner(v8abi::V8Isolate* isolate) {
  std::unique_lock<std::shared_mutex> guard(task_runners().mutex);
  task_runners().runners.erase(isolate);
}

}  // namespace isolates::engine
