#include "engine/isolate.h"

#include <algorithm>
#include <cmath>

#include "engine/call.h"
#include "engine/convert.h"
#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/heap_budget.h"
#include "engine/inspector.h"
#include "engine/inspector_check.h"
#include "engine/module_map.h"
#include "engine/rescue.h"
#include "engine/snapshot_creator.h"
#include "engine/supervision.h"
#include "engine/thrown_place.h"
#include "engine/v8_abi_heap.h"
#include "engine/weak_data.h"

namespace isolates::engine {
namespace {

constexpr int kAllCollections = 0x1f;   // v8::GCType
constexpr size_t kTolerance = 4 << 20;  // V8's own for an empty isolate, and rounding
constexpr char kBudgetMessage[] =
    "Isolate was disposed during execution: the isolates of this process had filled the 4 GB heap that V8 "
    "shares "
    "among them, and it was the largest that ran";

Failure catastrophe(const char* reason) {
  bool memory = std::string(reason).rfind("out of memory", 0) == 0;
  if (memory && HeapBudget::instance().used_bytes() > HeapBudget::kAdmitBytes) {
    return {Fault::kBudget, kBudgetMessage, {}};
  }
  if (memory) return {Fault::kMemory, "Isolate was disposed during execution due to memory limit", {}};
  return {Fault::kCatastrophe, std::string("V8 gave up in this isolate: ") + reason, {}};
}

}  // namespace

// --- Life ---

Isolate::Isolate(IsolateOptions options)
    : options_(std::move(options)),
      native_memory_(options_.memory_limit_bytes),
      inspector_(options_.inspector ? std::make_unique<Inspector>(*this) : nullptr),
      activity_(options_.activity) {}

std::shared_ptr<Activity> Isolate::activity() {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (!activity_) activity_ = std::make_shared<Activity>();
  return activity_;
}

std::shared_ptr<Isolate> Isolate::make(IsolateOptions options) {
  // The last handle may go on a thread that holds the GIL or that is inside another isolate: a heap that is
  // still there is destroyed by the pool.
  auto forget = [](Isolate* isolate) {
    if (!isolate->v8_) {
      delete isolate;
      return;
    }
    if (isolate->options_.hooks.on_forgotten && !isolate->is_disposed())
      isolate->options_.hooks.on_forgotten();
    lib::ThreadPool::instance().post([isolate] {
      isolate->destroy_forgotten();
      delete isolate;
    });
  };
  std::shared_ptr<Isolate> isolate(new Isolate(std::move(options)), forget);
  if (!HeapBudget::instance().admit(isolate.get())) {
    throw Failure{Fault::kBudget,
                  "No room for another isolate: the isolates of this process use " +
                      std::to_string(HeapBudget::instance().used_bytes() >> 20) +
                      " MB of the 4 GB heap that V8 shares among them. Dispose some, or use another process",
                  {}};
  }
  char reason[256];
  bool made = run_rescued([&] { isolate->create_heap(); }, reason, sizeof reason);
  if (!made) {
    isolate->v8_ = nullptr;
    throw catastrophe(reason);
  }
  if (isolate->inspector_) check_inspector();
  return isolate;
}

Isolate::~Isolate() {
  // Goes with its heap (destroy_heap); one that is still there belongs to a heap that must not be touched.
  static_cast<void>(snapshot_creator_.release());
  HeapBudget::instance().remove(this);
  if (array_buffers_ && !heap_unsafe_) array_buffers_->release();
}

void Isolate::fill(v8abi::CreateParams& parameters) const {
  // Sizes as upstream: the young generation is 1 to 16 MB. V8's cage holds 4 GB, whatever is asked for.
  size_t limit_mb = options_.memory_limit_bytes >> 20;
  double exponent = 10 + std::min(4.0, static_cast<double>(limit_mb) / 128.0);
  auto young = static_cast<size_t>(std::pow(2.0, exponent)) << 10;
  parameters.set(v8abi::CreateParams::kMaxOldGeneration,
                 std::min(options_.memory_limit_bytes, HeapBudget::kStopBytes));
  parameters.set(v8abi::CreateParams::kMaxYoungGeneration, young);
  parameters.set(v8abi::CreateParams::kArrayBufferAllocator, static_cast<void*>(array_buffers_));
  parameters.set(v8abi::CreateParams::kFatalErrorCallback, reinterpret_cast<void*>(on_v8_fatal_error));
  parameters.set(v8abi::CreateParams::kOomErrorCallback, reinterpret_cast<void*>(on_v8_out_of_memory));
}

void Isolate::create_heap() {
  array_buffers_ = ArrayBuffers::make(options_.memory_limit_bytes);
  task_runner_ = std::make_unique<IsolateTaskRunner>(*this);
  v8abi::CreateParams parameters;
  v8abi::create_params_construct(&parameters);
  fill(parameters);
  if (options_.snapshot) {  // V8 keeps this pointer, to make contexts
    parameters.set(v8abi::CreateParams::kSnapshotBlob, static_cast<const void*>(options_.snapshot->v8()));
  }
  V8Isolate* v8 = v8abi::isolate_allocate();
  register_task_runner(v8, task_runner_.get());  // V8 asks for it while it initializes
  if (options_.makes_snapshot) {
    snapshot_creator_ = std::make_unique<SnapshotCreator>(*this, v8, parameters);
  } else {
    v8abi::isolate_initialize(v8, &parameters);
  }
  v8abi::create_params_destroy(&parameters);
  v8abi::isolate_set_microtasks_policy(v8, 0);  // explicit: after each outermost run
  v8abi::isolate_add_near_heap_limit_callback(v8, on_near_heap_limit, this);
  v8abi::isolate_add_gc_prologue(v8, on_gc_start, this, kAllCollections);
  v8abi::isolate_add_gc_epilogue(v8, on_gc_end, this, kAllCollections);
  v8abi::isolate_set_promise_reject_callback(v8, on_promise_reject);
  v8abi::isolate_set_code_generation_callback(v8, on_code_generation);
  v8_ = v8;
  modules_ = std::make_shared<ModuleMap>(*this);
  modules_->install();
  note_heap(heap_statistics());
}

void Isolate::destroy_forgotten() {
  // Given up: who was inside has destroyed it, and keeps the isolate until then.
  if (lock_.wait_lock() != lib::FifoLock::Wait::kAcquired) return;
  if (!is_disposed()) tell_disposed("forgotten");
  phase_ = Phase::kDisposed;
  destroy_heap();
  lock_.unlock();
}

/// What V8 keeps for tools must be gone before its heap.
void Isolate::close_tools() {
  if (!v8_gave_up_ && (inspector_ || cpu_profiler_.is_running() || heap_is_sampled_)) {
    Entry entry(*this);
    char reason[256];
    auto close = [this] {
      cpu_profiler_.close(v8_);
      if (heap_is_sampled_) v8abi::heap_profiler_stop_sampling(v8abi::isolate_heap_profiler(v8_));
      if (inspector_) inspector_->close();
    };
    if (!run_rescued(close, reason, sizeof reason)) v8_gave_up_ = heap_unsafe_ = true;
  }
  // V8's teardown would abort where it ends the sampling (perhaps an inspector session's), and what it was in
  // the middle of may be just that.
  if (v8_gave_up_ && (heap_is_sampled_ || inspector_)) heap_unsafe_ = true;
  if (v8_gave_up_ && inspector_) inspector_->abandon();
  CpuSampling::forget(*this);
}

void Isolate::destroy_heap() {
  if (!v8_) return;
  close_tools();
  if (is_heap_told() && !snapshot_creator_) note_heap(heap_statistics());
  task_runner_->close();
  auto weak_data = std::move(weak_data_);
  weak_data_.clear();
  for (WeakData* data : weak_data) data->abandon();
  std::deque<QueuedTask> tasks;  // V8's own die before its heap, calls were failed when the phase changed
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    tasks.swap(queue_);
  }
  fail_waiting(std::move(tasks));
  V8Isolate* v8 = v8_;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    v8_ = nullptr;  // no handle is freed, nothing is stopped from now on
    released_.clear();
    has_released_.store(false, std::memory_order_relaxed);
    phase_ = Phase::kGone;
  }
  char reason[256];
  auto dispose = [&] {
    v8_lock_.give_back();
    // Before V8's teardown, which collects and would tell what is deleted below.
    for (WeakData* data : weak_data) data->forget_object();
    modules_->close(true);
    snapshot_creator_.reset();
    v8abi::isolate_dispose(v8);
  };
  if (heap_unsafe_) modules_->close(false);
  if (!heap_unsafe_ && !run_rescued(dispose, reason, sizeof reason)) {
    heap_unsafe_ = true;
    Entry::enter_all_again();  // V8 had made this isolate the thread's current one
  }
  unregister_task_runner(v8);
  if (heap_unsafe_) {
    HeapBudget::instance().keep_as_leaked(this);
  } else {
    HeapBudget::instance().remove(this);
  }
  discarded_.insert(discarded_.end(), weak_data.begin(), weak_data.end());
  flush_discarded();
}

Failure Isolate::refusal() const {
  if (died_of_ == Fault::kUnresponsive) {
    return {Fault::kUnresponsive, "The isolate did not stop when it was told to, and was given up", {}};
  }
  return {Fault::kDisposed, "Isolate is disposed", {}};
}

Failure Isolate::failure_of(const Run& run) const {
  switch (run.why) {
    case Fault::kTimeout:
      return {Fault::kTimeout, "Script execution timed out.", run.where};
    case Fault::kDisposed:
      return {Fault::kDisposed, "Isolate was disposed during execution", {}};
    case Fault::kMemory:
      return {Fault::kMemory, "Isolate was disposed during execution due to memory limit", {}};
    case Fault::kBudget:
      return {
          Fault::kBudget,
          "Isolate was disposed during execution: it was the largest when the isolates of this process had "
          "filled the 4 GB heap that V8 shares among them",
          {}};
    case Fault::kInterrupted:
      return {Fault::kInterrupted, "Interrupted", {}};
    case Fault::kCancelled:
      return {Fault::kCancelled, "The call was cancelled", {}};
    default:
      return {Fault::kTerminated, "Execution was terminated", {}};
  }
}

void Isolate::become_lost(const char* reason) {
  Failure why = catastrophe(reason);
  std::deque<QueuedTask> waiting;
  if (!is_disposed()) tell_disposed("catastrophe");
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    v8_gave_up_ = true;
    heap_unsafe_ = heap_unsafe_ || in_gc_;
    if (given_up_) return;  // nobody waits for it any more
    phase_ = Phase::kLost;
    died_of_ = why.fault;
    waiting.swap(queue_);
  }
  task_runner_->close();  // without the mutex: V8 posts with the runner's held and then takes ours
  auto held = std::make_shared<std::deque<QueuedTask>>(std::move(waiting));
  defer([self = shared_from_this(), held, why] {
    self->fail_waiting(std::move(*held));
    if (self->options_.hooks.on_catastrophe) self->options_.hooks.on_catastrophe(why.message);
  });
}

void Isolate::tell_disposed(const char* reason) {
  if (!options_.hooks.on_dispose) return;
  lib::ThreadPool::instance().post([tell = options_.hooks.on_dispose, reason] { tell(reason); });
}

void Isolate::fail_waiting(std::deque<QueuedTask> tasks) {
  for (QueuedTask& task : tasks) {
    if (task.call) task.call->finish(refusal());
  }
}

// --- Running ---

Outcome Isolate::run_here(Operation& operation, RunLimits limits, const std::function<bool()>& look) {
  if (is_disposed()) return refusal();
  if (!lock_.try_lock()) {
    lib::ThreadPool::Waiting waiting;  // who is inside may need the pool
    switch (lock_.wait_lock(look)) {
      case lib::FifoLock::Wait::kAbandoned:
        return refusal();
      case lib::FifoLock::Wait::kInterrupted:
        return Failure{Fault::kInterrupted, "Interrupted", {}};
      case lib::FifoLock::Wait::kAcquired:
        break;
    }
  }
  Outcome outcome = run_locked(operation, limits, nullptr, false);
  if (!lock_.held_here()) return outcome;  // it was given up while it was lent
  if (depth_ == 0) {
    leave();
  } else {
    lock_.unlock();
  }
  return outcome;
}

Outcome Isolate::run_locked(Operation& operation, RunLimits limits, std::shared_ptr<Call> call,
                            bool is_asynchronous) {
  Run run;
  run.id = call ? call->run_id() : 0;
  run.worker = call ? lib::ThreadPool::current() : nullptr;
  run.call = std::move(call);
  run.is_asynchronous = is_asynchronous && default_isolate();
  if (!begin_run(run, limits)) return refusal();
  Outcome outcome = Value(Undefined{});
  char reason[256];
  bool returned, forsaken;
  {
    Entry entry(*this, run.is_asynchronous);
    auto inside = [&] {
      if (entry.is_outermost()) free_released_handles();
      cpu_profiler_.begin_requested(v8_);
      Local mark_before = enter_mark(*this, operation.mark());
      outcome = operation.run(*this);
      if (entry.is_forsaken()) return;
      if (entry.is_outermost()) outcome = finish_microtasks(std::move(outcome));
      leave_mark(*this, mark_before);
      if (!entry.is_outermost()) return;
      if (supervision_) {
        note_size();
      } else if (heap_wanted_.load(std::memory_order_relaxed)) {
        note_heap(heap_statistics());
      }
    };
    returned = run_rescued(inside, reason, sizeof reason);
    forsaken = entry.is_forsaken();
    if (!returned && !forsaken) become_lost(reason);
    if (entry.is_outermost() && returned && !forsaken) free_released_handles();
  }
  end_run(run);
  if (forsaken) return refusal();
  // With its interrupts, should a stop have come at the very end.
  if (run.stopped && returned && depth_ == 0) v8_lock_.give_back();
  if (!returned && !run.stopped) return catastrophe(reason);
  if (run.stopped) return failure_of(run);
  if (!returned || v8_gave_up_) return catastrophe(reason);
  return outcome;
}

Outcome Isolate::finish_microtasks(Outcome outcome) {
  {
    TryCatch ignore(v8_);
    v8abi::isolate_run_microtasks(v8_);
  }
  v8abi::isolate_clear_kept_objects(v8_);
  forget_thrown_place(*this);
  return tell_rejections(std::move(outcome));
}

void Isolate::note_size() {
  auto statistics = heap_statistics();
  note_heap(statistics);
  size_t bytes = statistics.v8.used_heap_size + statistics.externally_allocated_size;
  known_bytes_.store(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

bool Isolate::must_not_return() const { return v8_gave_up_ || Entry::innermost()->is_forsaken(); }

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
  if (run) task.call->finish(std::move(outcome));
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

// --- Inside ---

Isolate& Isolate::current(V8Isolate*) { return Entry::innermost()->isolate(); }

Local Isolate::default_filename() {
  if (!default_filename_) {
    Local name = v8abi::string_new_utf8(v8_, "<isolated-vm>", 0, -1);
    default_filename_ = v8abi::global_new(v8_, *name);
  }
  return default_filename_;
}

Local Isolate::default_context() {
  if (!default_context_) {
    Local context = v8abi::context_new(v8_, nullptr, nullptr, nullptr, {}, nullptr, {}, {});
    default_context_ = v8abi::global_new(v8_, *context);
  }
  return default_context_;
}

void Isolate::free_own_handles() {
  for (Local* handle : {&default_filename_, &default_context_}) {
    if (*handle) v8abi::global_delete(*handle);
    *handle = nullptr;
  }
}

HeapStatistics Isolate::heap_statistics() { return heap_statistics_of(v8_); }

HeapStatistics Isolate::heap_statistics_of(V8Isolate* v8) {
  HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics.v8);
  v8abi::isolate_heap_statistics(v8, &statistics.v8);
  statistics.externally_allocated_size = array_buffers_->allocated_bytes();
  return statistics;
}

std::vector<std::pair<const char*, size_t>> HeapStatistics::figures() const {
  return {{"total_heap_size", v8.total_heap_size},
          {"total_heap_size_executable", v8.total_heap_size_executable},
          {"total_physical_size", v8.total_physical_size},
          {"total_available_size", v8.total_available_size},
          {"used_heap_size", v8.used_heap_size},
          {"heap_size_limit", v8.heap_size_limit},
          {"malloced_memory", v8.malloced_memory},
          {"peak_malloced_memory", v8.peak_malloced_memory},
          {"external_memory", v8.external_memory},
          {"does_zap_garbage", v8.does_zap_garbage ? 1 : 0},
          {"number_of_native_contexts", v8.number_of_native_contexts},
          {"number_of_detached_contexts", v8.number_of_detached_contexts},
          {"total_global_handles_size", v8.total_global_handles_size},
          {"used_global_handles_size", v8.used_global_handles_size},
          {"externally_allocated_size", externally_allocated_size}};
}

Local Isolate::new_handle(Local value) { return v8abi::global_new(v8_, *value); }

void Isolate::release_handle(Local slot) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (!v8_) return;
  released_.push_back(slot);
  has_released_.store(true, std::memory_order_relaxed);
  // Whoever is inside frees it on leaving; if nobody is, an empty turn does.
  if (!inside_ && !is_disposed()) schedule_turn();
}

void Isolate::free_released_handles() {
  // Without the mutex, twice in each call. One that is pushed right now is found by leave().
  if (!has_released_.load(std::memory_order_relaxed)) return;
  std::vector<Local> released;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    released.swap(released_);
    has_released_.store(false, std::memory_order_relaxed);
  }
  for (Local slot : released) v8abi::global_delete(slot);
}

// --- Memory ---

size_t Isolate::on_near_heap_limit(void* it, size_t current, size_t initial) {
  auto* self = static_cast<Isolate*>(it);
  // V8's teardown finishes a collection that has begun; whatever that leaves goes right after it.
  if (!self->v8_) return std::max(current, HeapBudget::kStopBytes);
  // V8 asks also when a buffer does not fit, and counts buffers into the heap that nears its limit; ours have
  // a limit of their own (ArrayBuffers::take).
  v8abi::HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics);
  v8abi::isolate_heap_statistics(self->v8_, &statistics);
  size_t raised = initial + self->array_buffers_->allocated_bytes();
  if (statistics.used_heap_size < initial - initial / 8) return std::max(raised, current);
  self->die(Fault::kMemory);
  // Room to unwind. Native loops that do not look get it twice; then V8 gives up, and the rescue zone has it.
  constexpr int kTimes = 2;
  if (++self->near_heap_limit_calls_ > kTimes) return current;
  return current + std::max(initial / 2, size_t{32} << 20);
}

/// On the pool and not when what runs here has ended: its data may hold isolates, which should not wait.
void Isolate::flush_discarded() {
  if (discarded_.empty()) return;
  lib::ThreadPool::instance().post([discarded = std::move(discarded_)] {
    for (WeakData* data : discarded) delete data;
  });
  discarded_.clear();
}

void Isolate::on_gc_start(V8Isolate* v8, int, int, void* it) {
  auto* self = static_cast<Isolate*>(it);
  // Teardown, while incremental marking was under way. V8 would look for handles in frames that the rescue
  // has left, and at objects that may be half made: such a heap leaks.
  if (self->v8_gave_up_) leave_rescue_zone("V8 gave up while it was marking");
  self->in_gc_ = true;  // before the look: who takes the frames away looks here after it has said so
  if (self->frames_gone_) {
    self->heap_unsafe_ = true;
    self->in_gc_ = false;
    leave_rescue_zone("the isolate was given up while another thread had lent it");
  }
  v8abi::HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics);
  v8abi::isolate_heap_statistics(v8, &statistics);
  HeapBudget::instance().report(self, statistics.total_heap_size);
}

void Isolate::on_gc_end(V8Isolate* v8, int type, int, void* it) {
  auto* self = static_cast<Isolate*>(it);
  self->in_gc_ = false;
  self->flush_discarded();
  HeapStatistics all = self->heap_statistics_of(v8);
  auto& statistics = all.v8;
  if (self->v8_) self->note_heap(all);  // else it is the teardown's
  self->array_buffers_->set_heap_bytes(statistics.used_heap_size);
  HeapBudget::instance().report(self, statistics.total_heap_size);
  // What lies outside counts too: buffers exactly, the rest by what V8's library took (or by V8's estimate).
  size_t outside = std::max(self->array_buffers_->allocated_bytes() + self->native_memory_.bytes(),
                            statistics.external_memory);
  if (statistics.used_heap_size + outside <= self->options_.memory_limit_bytes + kTolerance) return;
  constexpr int kMarkSweepCompact = 4;
  if (type == kMarkSweepCompact) {
    self->die(Fault::kMemory);
  } else {
    // Some of it may be garbage. V8 does not know its size, so it has to be told to look; and to free at once
    // what it finds, as a task for later would come after a loop that goes on.
    auto collect = [](V8Isolate* it, void*) {
      constexpr int kNone = 0, kCritical = 2;
      v8abi::isolate_memory_pressure(it, kCritical);
      v8abi::isolate_memory_pressure(it, kNone);
    };
    v8abi::isolate_request_interrupt(v8, collect, nullptr);
  }
}

// --- Hooks of V8 ---

v8abi::CodeGenerationResult Isolate::on_code_generation(Local, Local source, bool) {
  if (!v8abi::value_is_string(source)) return {true, nullptr};
  size_t bytes = static_cast<size_t>(v8abi::string_length(source));
  return {bytes <= current(nullptr).longest_source_bytes(), nullptr};
}

// --- Accounting ---

int64_t Isolate::cpu_time_ns() const {
  std::lock_guard<std::mutex> guard(state_mutex_);
  return cpu_time_so_far_ns();
}

int64_t Isolate::wall_time_ns() const {
  std::lock_guard<std::mutex> guard(state_mutex_);
  return wall_time_so_far_ns();
}

int64_t Isolate::cpu_time_so_far_ns() const {
  if (cpu_since_ns_ < 0) return cpu_total_ns_;
  return cpu_total_ns_ +
         std::max<int64_t>(0, lib::thread_cpu_of_ns(cpu_thread_, cpu_since_ns_) - cpu_since_ns_);
}

int64_t Isolate::wall_time_so_far_ns() const {
  return wall_since_ns_ < 0 ? wall_total_ns_ : wall_total_ns_ + lib::wall_now_ns() - wall_since_ns_;
}

}  // namespace isolates::engine
