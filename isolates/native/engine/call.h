// A call that somebody else runs: asynchronous, ignored, or synchronous with a timeout.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "engine/activity.h"
#include "engine/outcome.h"
#include "engine/run.h"

namespace isolates::engine {

class Isolate;

/// Made by the caller, queued at the isolate, ended once: by its result, by its failure, or by `cancel`,
/// whichever comes first. The receiver is called on the ending thread, without locks, at most once. It must
/// not wait for anything: the isolate's next call begins after it.
class Call : public std::enable_shared_from_this<Call> {
 public:
  using Receiver = std::function<void(Outcome)>;

  Call(std::shared_ptr<Isolate> isolate, std::unique_ptr<Operation> operation, RunLimits limits,
       Receiver receiver);

  /// `Pending` outcomes are waited for; until then the call's timeout goes on.
  void finish(Outcome outcome);
  /// The same by the thread that has run the operation, outside the isolate. It lets go of what the operation
  /// holds first: who is told of the end may count handles, and a promise may never settle.
  void finish_run(Outcome outcome);
  /// Ends it as cancelled and stops its JavaScript, if it runs.
  void cancel();
  bool is_finished() const;

  /// A synchronous caller waits for it, though it runs on the pool. To be said before it is queued.
  void set_waited_for() { waited_for_ = true; }
  bool is_waited_for() const { return waited_for_; }
  void set_activity(Activity::Token activity) { activity_ = std::move(activity); }
  Operation& operation() { return *operation_; }
  RunLimits limits() const { return limits_; }
  uint64_t run_id() const { return run_id_; }
  void set_run_id(uint64_t id) { run_id_ = id; }

 private:
  void wait_for(const Pending& pending);

  const std::shared_ptr<Isolate> isolate_;
  std::unique_ptr<Operation> operation_;  // touched by the thread that runs it
  const RunLimits limits_;
  bool waited_for_ = false;
  Activity::Token activity_;  // until it is over and told
  uint64_t run_id_ = 0;       // set when queued
  lib::TimePoint started_{};

  mutable std::mutex mutex_;
  Receiver receiver_;
  bool finished_ = false;
  bool waits_ = false;  // for a promise; counted by the isolate
  lib::Timer::Id pending_deadline_ = 0;
};

/// Whether the calling thread has too little stack for V8 (one made with a tiny stack): its synchronous calls
/// run on the pool, and their operations must own what they use.
bool needs_pool();

/// Runs `operation` and waits for its end. Without a timeout on the calling thread; with one on a pool
/// thread, which can be given up. A nested call (the calling thread is inside an isolate, in a host function)
/// always runs on the calling thread, as it may hold what a pool thread would need; its timeout covers its
/// waiting too. `look`: FifoLock::wait_lock; true ends the call as interrupted. A nested call also ends when
/// the isolate that it comes from is being stopped, when its target is disposed, and when it would wait for
/// itself.
Outcome call_sync(const std::shared_ptr<Isolate>& isolate, std::unique_ptr<Operation> operation,
                  RunLimits limits, const std::function<bool()>& look);

/// What the outermost synchronous call of this thread looks at while it waits. For the waits inside it.
const std::function<bool()>& current_look();

/// The same for an operation that the caller keeps, without a timeout. Not if `needs_pool()`.
Outcome call_here(Isolate& isolate, Operation& operation, const std::function<bool()>& look);

}  // namespace isolates::engine
