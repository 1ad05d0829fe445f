// An isolate's tasks: calls and V8's own, which threads of the pool run in turns, and leaving it.
#include <algorithm>

#include "engine/call.h"
#include "engine/isolate.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

void Isolate::post(std::shared_ptr<Call> call) {
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (!is_disposed()) {
      call->set_run_id(++last_run_id_);
      if (activity_) call->set_activity(Activity::Token(activity_));
      queue_.push_back({std::move(call), nullptr});
      schedule_turn();
      if (!lent_runs_.empty()) schedule_waited_calls();
      return;
    }
  }
  call->finish(refusal());
}

void Isolate::post_v8_task(std::unique_ptr<v8abi::Task> task) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (is_disposed()) return;
  queue_.push_back({nullptr, std::move(task)});
  schedule_turn();
}

void Isolate::schedule_turn() {
  if (turn_scheduled_) return;
  turn_scheduled_ = true;
  // Weak: forgetting an isolate must not wait for its queue, and a V8 task alone keeps nothing alive.
  lib::ThreadPool::instance().post([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->turn();
  });
}

namespace {
class V8TaskOperation final : public Operation {
 public:
  explicit V8TaskOperation(v8abi::Task& task) : task_(task) {}
  Outcome run(Isolate& isolate) override {
    TryCatch ignore(isolate.v8());
    task_.Run();
    return Failure{Fault::kState, {}, {}};  // no call: rejections go to the isolate's owner
  }

 private:
  v8abi::Task& task_;
};
}  // namespace

void Isolate::turn() {
  // Several calls in a row, or waking a pool thread would cost more than most calls. Each is a run of its
  // own, and gives the lock away at its end: who waits for it comes in between, first in, first out. Other
  // isolates come in between after a while.
  constexpr auto kLongestTurn = std::chrono::milliseconds(1);
  auto end = lib::SteadyClock::now() + kLongestTurn;
  while (run_next()) {
    if (lib::SteadyClock::now() < end) continue;
    std::lock_guard<std::mutex> guard(state_mutex_);
    turn_scheduled_ = false;
    schedule_turn();
    return;
  }
}

bool Isolate::run_next() {
  if (!lock_.try_lock()) {
    lib::ThreadPool::Waiting waiting;
    if (lock_.wait_lock() != lib::FifoLock::Wait::kAcquired) return false;
  }
  run_task(take_task());
  // Only now: a next turn at the same time would wake a thread to wait for this one, and could end its call
  // before this one's has ended.
  std::lock_guard<std::mutex> guard(state_mutex_);
  turn_scheduled_ = next_task() != queue_.end() || !released_.empty();
  return turn_scheduled_;
}

/// While it is lent nothing asynchronous runs. Calls that somebody waits for do: the thread that has lent it
/// may wait for their callers.
std::deque<Isolate::QueuedTask>::iterator Isolate::next_task() {
  if (lent_runs_.empty()) return queue_.begin();
  auto is_waited_for = [](const QueuedTask& task) { return task.call && task.call->is_waited_for(); };
  return std::find_if(queue_.begin(), queue_.end(), is_waited_for);
}

Isolate::QueuedTask Isolate::take_task() {
  std::lock_guard<std::mutex> guard(state_mutex_);
  QueuedTask task;
  auto next = next_task();
  if (next == queue_.end()) return task;
  task = std::move(*next);
  queue_.erase(next);
  return task;
}

/// The turn that has lent the isolate is still to end: the calls get a thread beside it.
void Isolate::schedule_waited_calls() {
  for (auto& task : queue_) {
    if (!task.call || !task.call->is_waited_for()) continue;
    lib::ThreadPool::instance().post([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->run_waited_call();
    });
  }
}

void Isolate::run_waited_call() {
  if (!lock_.try_lock()) {
    lib::ThreadPool::Waiting waiting;
    if (lock_.wait_lock() != lib::FifoLock::Wait::kAcquired) return;
  }
  bool lent;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    lent = !lent_runs_.empty();
  }
  if (lent) {
    run_task(take_task());
  } else {
    leave();
  }
}

/// The lock is held, and given back.
void Isolate::run_task(QueuedTask task) {
  Outcome outcome = Value(Undefined{});
  bool run = task.call && !task.call->is_finished();
  if (run)
    outcome = run_locked(task.call->operation(), task.call->limits(), task.call, !task.call->is_waited_for());
  if (task.v8_task) {
    V8TaskOperation operation(*task.v8_task);
    run_locked(operation, options_.task_limits, nullptr, true);
    task.v8_task.reset();
  }
  if (!task.call && !task.v8_task)
    free_released_handles();  // what the turn was scheduled for (release_handle)
  leave();
  if (run) task.call->finish_run(std::move(outcome));
}

void Isolate::leave() {
  if (!lock_.held_here()) return;  // it was given up while it was lent
  do {
    if (has_heap_to_destroy()) destroy_heap();
    std::vector<std::function<void()>> deferred;
    {
      std::lock_guard<std::mutex> guard(state_mutex_);
      deferred.swap(deferred_);
      inside_ = false;
      if (!released_.empty() && !is_disposed()) schedule_turn();
    }
    lock_.unlock();
    for (auto& action : deferred) action();
    // Disposed by another thread between the first look and the unlocking: it found us inside and left the
    // heap to us.
  } while (has_heap_to_destroy() && lock_.try_lock());
}

bool Isolate::has_heap_to_destroy() const {
  if (!is_disposed()) return false;
  std::lock_guard<std::mutex> guard(state_mutex_);
  return v8_ && (lent_runs_.empty() || given_up_);  // a thread that has lent it will be back
}

void Isolate::defer(std::function<void()> action) {
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (inside_) {
      deferred_.push_back(std::move(action));
      return;
    }
  }
  lib::ThreadPool::instance().post(std::move(action));
}

void Isolate::fail_waiting(std::deque<QueuedTask> tasks) {
  for (QueuedTask& task : tasks) {
    if (task.call) task.call->finish(refusal());
  }
}

}  // namespace isolates::engine
