// Stopping what runs in an isolate: on request, by time, by memory, for good.
//
// The races here all have one shape: somebody wants to stop run R, and R may just be ending. Both sides take
// the state mutex: `stop` looks R up by its id and only then asks V8 to terminate; `end_run` unlinks R and
// only then withdraws the request. So a request never hits the next run, and none is lost.
//
// A run that waits for one that its thread makes in another isolate knows that one (Run::nested), and stops
// it too: by its id, after the own mutex is given back.
#include <algorithm>

#include "engine/call.h"
#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/heap_budget.h"
#include "engine/inspector.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

// Between asking V8 to call us at a safe point (where the stack can be told) and terminating without.
constexpr auto kTellStackFor = std::chrono::milliseconds(25);
// Between a timeout and giving the isolate up, for native loops that never look.
constexpr auto kGrace = std::chrono::seconds(1);

}  // namespace

bool Isolate::begin_run(Run& run, RunLimits limits) {
  // Of another isolate or none: this one's own entry comes after this.
  Entry* below = Entry::innermost();
  if (below && (&below->isolate() == this || below->is_forsaken())) below = nullptr;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    // With the mutex: who disposes stops the runs that there are, and who cancels a call ends it first.
    if (is_disposed()) return false;
    if (run.id == 0) run.id = ++last_run_id_;
    run.outer = runs_;
    runs_ = &run;
    inside_ = true;
    running_.store(true, std::memory_order_relaxed);
    // An outer run that is being stopped stops this one too.
    if (run.outer && run.outer->stopped) {
      run.stopped = true;
      run.why = run.outer->why;
      v8abi::isolate_terminate(v8_);
    }
    if (limits.timeout_ns > 0) arm(run, limits.timeout_ns);
  }
  if (run.call && run.call->is_finished()) stop(run.id, Fault::kCancelled);
  if (!below) return true;
  if (auto why = below->isolate().set_nested({weak_from_this(), run.id})) stop(run.id, *why);
  return true;
}

void Isolate::end_run(Run& run) {
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (run.deadline) lib::Timer::instance().cancel(run.deadline);
    if (runs_ == &run) {  // else it was given up while it was lent
      runs_ = run.outer;
      running_.store(runs_ != nullptr, std::memory_order_relaxed);
      if (!is_lost() && run.stopped) {
        v8abi::isolate_cancel_terminate(v8_);
        if (runs_ && runs_->stopped) v8abi::isolate_terminate(v8_);
      }
    }
  }
  Entry* below = Entry::innermost();
  if (below && &below->isolate() != this && !below->is_forsaken()) below->isolate().set_nested({});
}

namespace {

/// Why a run is stopped that was made by one that is.
Fault why_with_it(Fault why) {
  return why == Fault::kInterrupted || why == Fault::kCancelled ? why : Fault::kTerminated;
}

}  // namespace

/// Of the run of the calling thread. Why that is being stopped, if it is: whoever stops it has looked for
/// nested ones before this.
std::optional<Fault> Isolate::set_nested(RunOf nested) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (!runs_) return std::nullopt;
  runs_->nested = std::move(nested);
  if (!runs_->stopped) return std::nullopt;
  return why_with_it(runs_->why);
}

void Isolate::arm(Run& run, int64_t timeout_ns) {
  run.deadline_at = lib::SteadyClock::now() + std::chrono::nanoseconds(timeout_ns);
  run.deadline = lib::Timer::instance().schedule(run.deadline_at, [weak = weak_from_this(), id = run.id] {
    if (auto isolate = weak.lock()) isolate->on_deadline(id);
  });
}

void Isolate::pause_deadlines() {
  ++pauses_;
  for (Run* run = runs_; run; run = run->outer) {
    if (!run->deadline || run->stopped) continue;
    run->paused_by = pauses_;
    lib::Timer::instance().cancel(run->deadline);
    auto left = run->deadline_at - lib::SteadyClock::now();
    run->remaining_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    run->deadline = 0;
  }
}

/// Code that calls out again and again may never give the timer's thread the time to notice that its own is
/// over: so this looks itself.
uint64_t Isolate::resume_deadlines() {
  uint64_t over = 0;
  int ended = pauses_--;
  for (Run* run = runs_; run; run = run->outer) {
    if (run->paused_by != ended) continue;
    run->paused_by = 0;
    if (run->stopped || v8_gave_up_) continue;
    if (run->remaining_ns > 0) {
      arm(*run, run->remaining_ns);
    } else if (expire(*run)) {
      over = run->id;  // the outer one stops those inside
    }
  }
  return over;
}

Run* Isolate::find_run(uint64_t run_id) const {
  auto find = [run_id](Run* run) {
    while (run && run->id != run_id) run = run->outer;
    return run;
  };
  Run* found = find(runs_);
  for (size_t index = 0; !found && index < lent_runs_.size(); ++index) found = find(lent_runs_[index]);
  return found;
}

void Isolate::on_deadline(uint64_t run_id) {
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    Run* run = find_run(run_id);
    if (!run || run->stopped || !v8_) return;
    // Paused, and perhaps resumed, while this was on its way here.
    if (run->paused_by || lib::SteadyClock::now() < run->deadline_at) return;
    if (!expire(*run)) return;
  }
  stop(run_id, Fault::kTimeout);
}

/// Its time is over, or that for noting where it is: then it is to be stopped. V8 is asked to call us at a
/// safe point first, as a termination would come before the visit. The state mutex is held.
bool Isolate::expire(Run& run) {
  if (run.is_over) return true;
  run.is_over = true;
  auto visit = [](V8Isolate* v8, void* data) {
    Isolate& self = current(v8);
    auto id = reinterpret_cast<uintptr_t>(data);
    auto where = current_stack(self, "Script execution timed out.");
    bool runs = false;
    {
      std::lock_guard<std::mutex> guard(self.state_mutex_);
      for (Run* it = self.runs_; it; it = it->outer) {
        if (it->id != id) continue;
        it->where = where;
        runs = true;
      }
    }
    if (runs) self.stop(id, Fault::kTimeout);
  };
  v8abi::isolate_request_interrupt(v8_, visit, reinterpret_cast<void*>(static_cast<uintptr_t>(run.id)));
  arm(run, std::chrono::nanoseconds(kTellStackFor).count());
  return false;
}

void Isolate::stop(uint64_t run_id, Fault why) {
  std::vector<RunOf> nested;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    Run* run = run_id == 0 ? runs_ : find_run(run_id);
    if (!run || run->stopped || !v8_) return;
    auto contains = [run](Run* it) {
      while (it && it != run) it = it->outer;
      return it != nullptr;
    };
    // What runs inside the stopped run goes with it.
    auto stop_through = [&](Run* inner) {
      for (; inner; inner = inner == run ? nullptr : inner->outer) {
        if (!inner->stopped) stop_run(*inner, why, nested);
      }
    };
    if (contains(runs_)) {
      stop_through(runs_);
      v8abi::isolate_terminate(v8_);
    }
    for (Run* lent : lent_runs_) {
      if (contains(lent)) stop_through(lent);
    }
  }
  stop_nested(nested, why);
}

/// Without a mutex: each isolate's is taken alone. A run that has ended meanwhile is not found by its id.
void Isolate::stop_nested(const std::vector<RunOf>& nested, Fault why) {
  for (auto& run : nested) {
    if (auto isolate = run.isolate.lock()) isolate->stop(run.id, why_with_it(why));
  }
}

bool Isolate::is_being_stopped() const {
  std::lock_guard<std::mutex> guard(state_mutex_);
  return runs_ && runs_->stopped;
}

bool Isolate::stop_now() {
  if (!is_being_stopped()) return false;
  v8abi::isolate_throw_termination(v8_);
  return true;
}

void Isolate::terminate() {
  std::vector<RunOf> nested;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (v8_ && !is_disposed()) nested = stop_all_runs(Fault::kTerminated);
  }
  stop_nested(nested, Fault::kTerminated);
}

void Isolate::stop_run(Run& run, Fault why, std::vector<RunOf>& nested) {
  if (!run.stopped) arm_give_up(run);
  run.stopped = true;
  run.why = why;
  if (inspector_) inspector_->wake();
  if (run.nested.id) nested.push_back(run.nested);
}

std::vector<RunOf> Isolate::stop_all_runs(Fault why) {
  bool deadly = why == Fault::kMemory || why == Fault::kBudget;  // outranks a stop that is under way
  std::vector<RunOf> nested;
  auto stop_all = [&](Run* run) {
    for (; run; run = run->outer) {
      if (!run->stopped || deadly) stop_run(*run, why, nested);
    }
  };
  for (Run* lent : lent_runs_) stop_all(lent);  // those look while they wait
  if (!runs_) return nested;
  stop_all(runs_);
  v8abi::isolate_terminate(v8_);
  return nested;
}

void Isolate::arm_give_up(Run& run) {
  if (!run.worker) return;
  auto& timer = lib::Timer::instance();
  if (run.deadline) timer.cancel(run.deadline);
  run.deadline = timer.schedule(lib::SteadyClock::now() + kGrace, [weak = weak_from_this(), id = run.id] {
    if (auto isolate = weak.lock()) isolate->give_up(id);
  });
}

void Isolate::request_check(bool (*check)()) {
  if (inspector_ && inspector_->check_in_pause(check)) return;
  RunOf nested;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (runs_) nested = runs_->nested;
  }
  if (nested.id) {
    if (auto isolate = nested.isolate.lock()) isolate->request_check(check);
    return;
  }
  auto visit = [](V8Isolate* v8, void* check) {
    if (reinterpret_cast<bool (*)()>(check)()) current(v8).stop(0, Fault::kInterrupted);
  };
  request_visit(visit, reinterpret_cast<void*>(check));
}

void Isolate::request_visit(void (*visit)(V8Isolate*, void*), void* data) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (runs_ && v8_ && !is_disposed()) v8abi::isolate_request_interrupt(v8_, visit, data);
}

void Isolate::with_heap(const std::function<void(V8Isolate*)>& action) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (v8_ && !is_lost()) action(v8_);
}

void Isolate::while_running_on(pthread_t thread, const std::function<void()>& action) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (cpu_since_ns_ >= 0 && pthread_equal(cpu_thread_, thread)) action();
}

void Isolate::die(Fault why) {
  std::deque<QueuedTask> waiting;
  std::vector<RunOf> nested;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (!v8_ || phase_ == Phase::kLost || phase_ == Phase::kGone) return;
    if (phase_ == Phase::kAlive) {
      died_of_ = why;
      phase_ = Phase::kDisposed;
      waiting.swap(queue_);
      tell_disposed(why == Fault::kBudget ? "heap budget" : "memory limit");
    }
    nested = stop_all_runs(why);
  }
  stop_nested(nested, why);
  // This may be V8's own allocation path: listeners are told after leaving.
  if (!waiting.empty()) {
    auto held = std::make_shared<std::deque<QueuedTask>>(std::move(waiting));
    defer([self = shared_from_this(), held] { self->fail_waiting(std::move(*held)); });
  }
}

void Isolate::dispose() {
  std::deque<QueuedTask> waiting;
  std::vector<RunOf> nested;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    if (phase_ != Phase::kAlive) return;
    phase_ = Phase::kDisposed;
    waiting.swap(queue_);
    tell_disposed("disposed");
    nested = stop_all_runs(Fault::kDisposed);
  }
  stop_nested(nested, Fault::kDisposed);
  fail_waiting(std::move(waiting));
  // Nobody inside: the heap goes now, on this thread. Somebody inside (perhaps this very thread, in a host
  // function): it goes when they leave.
  if (!lock_.held_here() && lock_.try_lock()) leave();
}

void Isolate::give_up(uint64_t run_id) {
  std::deque<QueuedTask> waiting;
  std::shared_ptr<Call> call;
  std::shared_ptr<lib::ThreadPool::Worker> worker;
  Failure failure;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    Run* run = find_run(run_id);
    if (!run || !run->worker || is_lost()) return;
    bool here = false;
    for (Run* it = runs_; it; it = it->outer) here = here || it == run;
    if (pauses_ > 0 || !here) {  // it waits for others, or works for them, which is not its fault
      run->deadline = 0;
      arm_give_up(*run);
      return;
    }
    worker = run->worker;
    call = run->call;
    bool dead_already = phase_ == Phase::kDisposed && died_of_ != Fault::kDisposed;
    if (phase_ == Phase::kAlive) tell_disposed("unresponsive");
    phase_ = Phase::kLost;
    given_up_ = true;
    frames_gone_ = !lent_runs_.empty();
    if (!dead_already) died_of_ = Fault::kUnresponsive;
    failure = dead_already ? failure_of(*run) : refusal();
    waiting.swap(queue_);
  }
  task_runner_->close();  // without the mutex: V8 posts with the runner's held and then takes ours
  lock_.abandon();
  lib::ThreadPool::instance().give_up(worker);
  // Whoever waits is told on a pool thread: the timer's must not take the GIL.
  auto held = std::make_shared<std::deque<QueuedTask>>(std::move(waiting));
  lib::ThreadPool::instance().post([self = shared_from_this(), held, call, failure] {
    if (call) call->finish(failure);
    self->fail_waiting(std::move(*held));
    auto& tell = self->options_.hooks.on_catastrophe;
    if (tell) tell("it did not stop when it was told to, and was given up");
  });
}

}  // namespace isolates::engine
