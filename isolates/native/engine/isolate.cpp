#include "engine/isolate.h"

#include <algorithm>
#include <cmath>

#include "engine/call.h"
#include "engine/convert.h"
#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/grip.h"
#include "engine/heap_budget.h"
#include "engine/hurried.h"
#include "engine/inspector.h"
#include "engine/inspector_check.h"
#include "engine/module_map.h"
#include "engine/rescue.h"
#include "engine/snapshot_creator.h"
#include "engine/supervision.h"
#include "engine/thrown_place.h"

namespace isolates::engine {
namespace {

constexpr int kAllCollections = 0x1f;  // v8::GCType
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
      activity_(options_.activity),
      grips_(std::make_shared<Grips>()) {}

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
      bool wanted = heap_wanted_.load(std::memory_order_relaxed);
      if (wanted) heap_wanted_.store(false, std::memory_order_relaxed);
      if (supervision_) {
        note_size();
      } else if (wanted) {
        note_heap(heap_statistics());
      }
    };
    returned = run_rescued(inside, reason, sizeof reason);
    forsaken = entry.is_forsaken();
    if (!returned) Hurried::drop_lost(*this);
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

bool Isolate::must_not_return() const { return v8_gave_up_ || Entry::innermost()->is_forsaken(); }

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

// --- Hooks of V8 ---

v8abi::CodeGenerationResult Isolate::on_code_generation(Local, Local source, bool) {
  if (!v8abi::value_is_string(source)) return {true, nullptr};
  size_t bytes = static_cast<size_t>(v8abi::string_length(source));
  return {bytes <= current(nullptr).longest_source_bytes(), nullptr};
}

}  // namespace isolates::engine
