// An isolate: a heap, a lock, a queue of tasks and a pair of clocks.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/activity.h"
#include "engine/array_buffers.h"
#include "engine/cpu_profiler.h"
#include "engine/cpu_sampling.h"
#include "engine/native_memory.h"
#include "engine/outcome.h"
#include "engine/rejections.h"
#include "engine/run.h"
#include "engine/shared_buffers.h"
#include "engine/task_runner.h"
#include "engine/v8_lock.h"
#include "engine/v8_scopes.h"
#include "lib/clock.h"
#include "lib/fifo_lock.h"

namespace isolates::engine {

class Call;
class Entry;
class HeldMemory;
class Inspector;
class SnapshotBlob;
class SnapshotCreator;
class ModuleMap;
class WeakData;
struct Grips;
struct Sample;
enum class SampleState : uint8_t { kIdle, kQueued, kRunning, kWaiting, kDisposed };
struct Supervision;

/// What a face keeps for an isolate. Destroyed after the heap, so it owns nothing in it.
struct FaceState {
  virtual ~FaceState() = default;
  int isolates_made = 0;
};

struct HeapStatistics {
  v8abi::HeapStatistics v8;
  size_t externally_allocated_size;

  /// By the names that V8 and Node give them.
  std::vector<std::pair<const char*, size_t>> figures() const;
};

/// Called without any lock of the engine held, on whatever thread it happens.
struct IsolateHooks {
  std::function<void(const std::string& reason)> on_catastrophe;
  std::function<void(const Failure&)> on_unhandled_rejection;
  std::function<void()> on_forgotten;                  // the last handle went without dispose()
  std::function<void(const char* reason)> on_dispose;  // no longer alive, for whatever reason: once
};

struct IsolateOptions {
  size_t memory_limit_bytes = 128 << 20;
  bool inspector = false;
  std::shared_ptr<const SnapshotBlob> snapshot;
  bool makes_snapshot = false;  // its heap can become a snapshot, after which nothing runs in it
  RunLimits task_limits;  // of what runs without a call of its own: V8's tasks, promises settled from outside
  IsolateHooks hooks;
  std::weak_ptr<Isolate> default_isolate;
  std::shared_ptr<Activity> activity;  // of the family that it is born into
};

/// Owned by handles (shared_ptr); whoever runs in it holds one. Any thread may call any public function.
///
/// Locks, in this order: `lock_` (who is inside), then `state_mutex_` (what runs, what waits, is it alive).
/// The GIL is held at neither. `state_mutex_` is short: no V8 call but isolate_terminate and
/// isolate_request_interrupt, which are made for that, and a look at a heap at rest (sample.cpp).
///
/// Teardown: `dispose` marks it and stops what runs; the heap is destroyed by whoever holds the lock and
/// leaves (leave()), or at once if nobody is inside. If V8 gave up in the middle of a collection, or a
/// native loop never returns, the heap is never destroyed: it leaks, and the process lives.
class Isolate : public std::enable_shared_from_this<Isolate> {
 public:
  /// Throws Failure (kBudget, kCatastrophe).
  static std::shared_ptr<Isolate> make(IsolateOptions options);
  ~Isolate();

  // Calls (call.cpp)
  /// Runs on the calling thread. `look`: FifoLock::wait_lock.
  Outcome run_here(Operation& operation, RunLimits limits, const std::function<bool()>& look = {});
  /// Queues; the call is run by the pool, first in first out. Refused calls end at once.
  void post(std::shared_ptr<Call> call);
  /// Queues a task of V8's own.
  void post_v8_task(std::unique_ptr<v8abi::Task> task);
  /// Runs `action` on the thread that is inside, as soon as it is outside and holds no lock.
  void defer(std::function<void()> action);

  // Stopping (stop.cpp)
  void terminate();
  /// Asks what runs to stop if it is `run_id` (0: whatever runs).
  void stop(uint64_t run_id, Fault why);
  /// Calls `check` on the thread that runs JavaScript here, at the next safe point; true stops it (Ctrl-C).
  void request_check(bool (*check)());
  /// Calls `visit` on the thread that runs JavaScript here, at the next safe point. Nothing if nothing runs.
  void request_visit(void (*visit)(V8Isolate*, void*), void* data);
  void dispose();
  bool is_disposed() const { return phase_.load(std::memory_order_acquire) != Phase::kAlive; }
  /// The failure that a call on this isolate gets now, if it is not alive.
  Failure refusal() const;

  // Accounting
  int64_t cpu_time_ns() const;
  int64_t wall_time_ns() const;
  int64_t reference_count() const { return handle_count_.load(std::memory_order_relaxed); }
  size_t memory_limit_bytes() const { return options_.memory_limit_bytes; }
  bool is_running() const { return running_.load(std::memory_order_relaxed); }
  /// It stops and is disposed because of `why` (kMemory, kBudget).
  void die(Fault why);
  /// What can be told without waiting for anybody (sample.cpp).
  Sample sample();
  /// Calls `look` if the heap is at rest: nobody is inside, or waits for something outside. False if not.
  /// `look` reads figures that V8 tells without an entry, and no more; a mutex may be held.
  bool look_at_rest(const std::function<void()>& look);
  /// Calls that have run here and wait for a promise.
  void count_waiting_call(int change) { waiting_calls_.fetch_add(change, std::memory_order_relaxed); }

  // Tools
  /// Null if it was made without one.
  Inspector* inspector() const { return inspector_.get(); }
  CpuSampling& cpu_sampling() { return cpu_sampling_; }
  CpuProfiler& cpu_profiler() { return cpu_profiler_; }
  /// Calls `action` if there is a heap that V8 has not given up on; short, and never with V8 waiting for us.
  void with_heap(const std::function<void(V8Isolate*)>& action);
  /// Calls `action` if `thread` runs JavaScript here right now; it does not leave meanwhile.
  void while_running_on(pthread_t thread, const std::function<void()>& action);

  // For code that runs inside (it holds the lock)
  V8Isolate* v8() const { return v8_; }
  bool is_held_here() const { return lock_.held_here(); }
  const lib::FifoLock& lock() const { return lock_; }
  /// The isolate whose JavaScript made this one or an ancestor of it; null if the host made it.
  std::shared_ptr<Isolate> default_isolate() const { return options_.default_isolate.lock(); }
  /// That of its family; made when it is first asked for.
  std::shared_ptr<Activity> activity();
  bool is_lost() const { return phase_.load(std::memory_order_acquire) == Phase::kLost; }
  /// What runs here has been told to stop.
  bool is_being_stopped() const;
  /// If so, throws the termination into the JavaScript that called us, and is true. (The request alone would
  /// let it run on to its next safe point: past a `catch` perhaps, or into the host again.)
  bool stop_now();
  /// Lost because V8 gave up, or given up while this thread had lent it: V8's frames must not run on.
  bool must_not_return() const;
  HeapStatistics heap_statistics();
  size_t longest_source_bytes() const { return options_.memory_limit_bytes / 8; }
  ArrayBuffers& array_buffers() { return *array_buffers_; }
  SharedBuffers& shared_buffers() { return shared_buffers_; }
  NativeMemory& native_memory() { return native_memory_; }
  RunLimits task_limits() const { return options_.task_limits; }
  const IsolateHooks& hooks() const { return options_.hooks; }
  /// What it took when its last run ended, buffers included; 0 unless it is supervised. Any thread.
  int64_t known_bytes() const { return known_bytes_.load(std::memory_order_relaxed); }
  /// Null unless it is supervised.
  std::unique_ptr<Supervision>& supervision() { return supervision_; }
  /// Somebody looks after this rejected promise after all.
  void forget_rejection(Local promise);
  void add(WeakData* data) { weak_data_.insert(data); }
  /// Deletes it outside, soon.
  void discard(WeakData* data) { discarded_.push_back(data); }
  void remove(WeakData* data) { weak_data_.erase(data); }
  std::unique_ptr<FaceState>& face_state() { return face_state_; }
  /// V8's sampling heap profiler is on, and has to be ended before the heap.
  bool& heap_is_sampled() { return heap_is_sampled_; }
  /// Null unless it `makes_snapshot`.
  SnapshotCreator* snapshot_creator() const { return snapshot_creator_.get(); }
  bool has_snapshot() const { return options_.snapshot != nullptr; }
  ModuleMap& modules() { return *modules_; }
  Local default_filename();
  /// A context of our own, for compiling where no other is entered.
  Local default_context();
  /// Inside: frees both, before the heap becomes a snapshot.
  void free_own_handles();
  /// The isolate that V8 runs on this thread.
  static Isolate& current(V8Isolate* v8);

  // Handles (remote_handle.h)
  const std::shared_ptr<Grips>& grips() const { return grips_; }
  Local new_handle(Local value);
  /// Inside.
  void free_released_handles();
  void release_handle(Local slot);
  void count_handle(int change) { handle_count_.fetch_add(change, std::memory_order_relaxed); }

  // Waiting for something outside: clocks and timeouts pause, the heap is at rest (entry.cpp)
  class Outside {
   public:
    explicit Outside(Isolate& isolate);
    ~Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    Isolate& isolate_;
    lib::ThreadPool::Waiting waiting_;
  };

  // Inside, working for somebody who did not ask for what runs here: its timeouts pause, and its CPU time.
  // Where V8 gives up the frame is lost, and with it the isolate, for which nothing of this matters any more.
  class Aside {
   public:
    explicit Aside(Isolate& isolate);
    ~Aside();
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

   private:
    Isolate& isolate_;
  };

 private:
  friend class Entry;
  friend class Lending;
  enum class Phase : uint8_t { kAlive, kDisposed, kLost, kGone };
  struct QueuedTask {
    std::shared_ptr<Call> call;
    std::unique_ptr<v8abi::Task> v8_task;
  };

  explicit Isolate(IsolateOptions options);
  void create_heap();
  void fill(v8abi::CreateParams& parameters) const;

  Outcome run_locked(Operation& operation, RunLimits limits, std::shared_ptr<Call> call,
                     bool is_asynchronous);
  void turn();      // some tasks of the queue, on a pool thread
  bool run_next();  // one of them; whether there are more
  void run_task(QueuedTask task);
  void run_waited_call();
  QueuedTask take_task();
  // The state mutex is held.
  std::deque<QueuedTask>::iterator next_task();
  void schedule_turn();
  void schedule_waited_calls();
  Failure failure_of(const Run& run) const;
  Outcome finish_microtasks(Outcome outcome);
  Outcome tell_rejections(Outcome outcome);  // rejections.cpp
  void tell_rejection(Failure failure, Mark mark, std::shared_ptr<HeldMemory> held);
  void note_size();
  HeapStatistics heap_statistics_of(V8Isolate* v8);
  void note_heap(const HeapStatistics& statistics);
  void ask_for_heap();        // the state mutex is held
  bool is_heap_told() const;  // whether a look at it is safe
  SampleState state_now() const;
  static void tell_heap(V8Isolate* v8, void*);
  void leave();  // the lock is held once and is given back
  bool has_heap_to_destroy() const;
  void close_tools();
  void destroy_heap();

  bool begin_run(Run& run, RunLimits limits);  // false: it must not run any more
  void end_run(Run& run);
  std::optional<Fault> set_nested(RunOf nested);
  void arm(Run& run, int64_t timeout_ns);
  Run* find_run(uint64_t run_id) const;  // state mutex held
  void pause_deadlines();                // state mutex held
  // The same. What has run out of time: to be stopped without it; 0: nothing.
  uint64_t resume_deadlines();
  void on_deadline(uint64_t run_id);
  bool expire(Run& run);
  void give_up(uint64_t run_id);
  // The state mutex is held. What is returned is to be stopped without it.
  void stop_run(Run& run, Fault why, std::vector<RunOf>& nested);
  std::vector<RunOf> stop_all_runs(Fault why);
  static void stop_nested(const std::vector<RunOf>& nested, Fault why);
  void arm_give_up(Run& run);  // state mutex held
  void become_lost(const char* reason);
  void fail_waiting(std::deque<QueuedTask> tasks);
  void destroy_forgotten();
  void flush_discarded();
  void tell_disposed(const char* reason);
  int64_t cpu_time_so_far_ns() const;  // the state mutex is held
  int64_t wall_time_so_far_ns() const;

  static size_t on_near_heap_limit(void* self, size_t current, size_t initial);
  static void on_gc_start(V8Isolate*, int, int, void* self);
  static void on_gc_end(V8Isolate*, int, int, void* self);
  static void on_promise_reject(v8abi::PromiseRejectMessage message);
  static v8abi::CodeGenerationResult on_code_generation(Local context, Local source, bool is_code_like);

  const IsolateOptions options_;
  V8Isolate* v8_ = nullptr;
  ArrayBuffers* array_buffers_ = nullptr;  // counts its own owners: buffers may outlive the isolate
  SharedBuffers shared_buffers_;
  NativeMemory native_memory_;
  std::unique_ptr<IsolateTaskRunner> task_runner_;
  std::unique_ptr<SnapshotCreator> snapshot_creator_;
  const std::unique_ptr<Inspector> inspector_;
  CpuSampling cpu_sampling_;
  CpuProfiler cpu_profiler_;

  lib::FifoLock lock_;
  V8Lock v8_lock_;
  int depth_ = 0;  // entries of the thread that holds the lock
  std::atomic<bool> in_gc_{false};
  std::atomic<bool> v8_gave_up_{false};
  std::atomic<bool> frames_gone_{false};  // of a thread that had lent it: a collection would look at them
  bool heap_is_sampled_ = false;
  bool heap_unsafe_ = false;  // V8 gave up inside a collection: never touched again
  int near_heap_limit_calls_ = 0;
  std::unordered_set<WeakData*> weak_data_;
  std::vector<WeakData*> discarded_;
  Rejections unhandled_rejections_;
  std::unique_ptr<Supervision> supervision_;
  std::unique_ptr<FaceState> face_state_;
  std::shared_ptr<ModuleMap> modules_;
  Local default_filename_ = nullptr;
  Local default_context_ = nullptr;

  mutable std::mutex state_mutex_;
  std::atomic<Phase> phase_{Phase::kAlive};
  Fault died_of_ = Fault::kDisposed;
  bool given_up_ = false;  // whoever is inside destroys the heap, should it ever leave
  std::deque<QueuedTask> queue_;
  bool turn_scheduled_ = false;
  Run* runs_ = nullptr;
  uint64_t last_run_id_ = 0;
  std::vector<Run*> lent_runs_;  // innermost ones of threads that wait elsewhere (lending.h)
  int pauses_ = 0;               // what runs here is waiting for: functions elsewhere, work aside
  bool inside_ = false;          // somebody will leave() and run what is deferred
  std::shared_ptr<Activity> activity_;
  std::vector<Local> released_;
  std::atomic<bool> has_released_{false};  // written with the mutex
  std::vector<std::function<void()>> deferred_;

  // Clocks: totals, plus since when and on which thread they run (state mutex).
  int64_t cpu_total_ns_ = 0;
  int64_t wall_total_ns_ = 0;
  int64_t cpu_since_ns_ = -1;
  int64_t wall_since_ns_ = -1;
  int wall_users_ = 0;
  pthread_t cpu_thread_{};
  bool is_aside_ = false;  // the CPU's clock stands though the thread is inside

  const std::shared_ptr<Grips> grips_;
  std::atomic<int64_t> handle_count_{0};
  std::atomic<bool> running_{false};
  std::atomic<int64_t> known_bytes_{0};
  std::atomic<int> waiting_calls_{0};

  // For samples: what is known of the heap, since when, and who has been asked for more (state mutex).
  HeapStatistics known_heap_{};
  lib::TimePoint known_at_{};
  uint64_t asked_run_ = 0;  // outermost
  std::atomic<bool> heap_wanted_{false};
};

}  // namespace isolates::engine
