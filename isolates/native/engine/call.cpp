#include "engine/call.h"

#include "engine/entry.h"
#include "engine/isolate.h"
#include "engine/lending.h"
#include "engine/waiter.h"
#include "lib/stack.h"

namespace isolates::engine {
namespace {

constexpr char kTimedOut[] = "Script execution timed out.";
constexpr char kTerminated[] = "Execution was terminated";

thread_local const std::function<bool()>* innermost_look = nullptr;

/// What ends the waiting of a call on its own thread, and why it did.
class WayOut {
 public:
  WayOut(Isolate& target, RunLimits limits, const std::function<bool()>& look)
      : target_(target),
        outer_look_(innermost_look),
        look_(look ? look : current_look()),
        from_(Entry::innermost() ? &Entry::innermost()->isolate() : nullptr) {
    innermost_look = &look_;
    if (limits.timeout_ns > 0)
      deadline_ = lib::SteadyClock::now() + std::chrono::nanoseconds(limits.timeout_ns);
    if (from_ || limits.timeout_ns > 0) nested_look_ = [this] { return is_open(); };
  }

  ~WayOut() { innermost_look = outer_look_; }
  WayOut(const WayOut&) = delete;
  WayOut& operator=(const WayOut&) = delete;

  /// For waits: asked now and then. Empty where nothing can end them.
  const std::function<bool()>& look() const { return nested_look_ ? nested_look_ : look_; }

  Failure failure() const { return failure_; }

 private:
  bool is_open() {
    if (look_ && look_()) return ends({Fault::kInterrupted, "Interrupted", {}});
    if (deadline_ && lib::SteadyClock::now() >= *deadline_) return ends({Fault::kTimeout, kTimedOut, {}});
    if (target_.is_disposed()) return ends(target_.refusal());
    if (!from_) return false;
    if (from_->is_being_stopped()) return ends({Fault::kTerminated, kTerminated, {}});
    if (target_.lock().is_deadlocked()) {
      return ends(
          {Fault::kState,
           "This call would wait for ever: the isolate is held by a call that waits for the isolate that "
           "this call comes from",
           {}});
    }
    return false;
  }
  bool ends(Failure failure) {
    failure_ = std::move(failure);
    return true;
  }

  Isolate& target_;
  const std::function<bool()>* const outer_look_;
  const std::function<bool()>& look_;
  Isolate* const from_;
  std::optional<lib::TimePoint> deadline_;
  std::function<bool()> nested_look_;
  Failure failure_{Fault::kInterrupted, "Interrupted", {}};
};

class WaitingCall {
 public:
  explicit WaitingCall(Isolate& isolate) : isolate_(isolate) { isolate_.count_waiting_call(1); }
  ~WaitingCall() { isolate_.count_waiting_call(-1); }
  WaitingCall(const WaitingCall&) = delete;
  WaitingCall& operator=(const WaitingCall&) = delete;

 private:
  Isolate& isolate_;
};

Outcome wait_settled(Isolate& isolate, const Pending& pending, const WayOut& way_out) {
  WaitingCall counted(isolate);
  auto waiter = std::make_shared<Waiter>();
  pending.settlement->on_settled([waiter](Outcome outcome) { waiter->end(std::move(outcome)); });
  if (isolate.is_held_here()) {  // only this thread could settle it, and it is here
    auto now = waiter->wait_end([] { return true; });
    if (now) return std::move(*now);
    return Failure{
        Fault::kState, "A promise of the isolate that this thread is running can't be waited for", {}};
  }
  if (!Entry::innermost()) {
    auto outcome = waiter->wait_end(way_out.look());
    return outcome ? std::move(*outcome) : Outcome(way_out.failure());
  }
  Lending lending;  // what settles it may need what this thread holds
  bool stopped = false;
  auto outcome = waiter->wait_end([&] {
    stopped = lending.is_being_stopped();
    return stopped || way_out.look()();
  });
  lending.take_back();
  if (outcome) return std::move(*outcome);
  return stopped ? Failure{Fault::kTerminated, kTerminated, {}} : way_out.failure();
}

Outcome run_and_settle(Isolate& isolate, Operation& operation, RunLimits limits,
                       const std::function<bool()>& look) {
  WayOut way_out(isolate, limits, look);
  Outcome outcome = isolate.run_here(operation, limits, way_out.look());
  if (auto* failure = std::get_if<Failure>(&outcome)) {
    // The wait for the lock was ended by the way out, which knows why.
    if (failure->fault == Fault::kInterrupted) return way_out.failure();
  }
  if (auto* pending = std::get_if<Pending>(&outcome)) return wait_settled(isolate, *pending, way_out);
  return outcome;
}

}  // namespace

Call::Call(std::shared_ptr<Isolate> isolate, std::unique_ptr<Operation> operation, RunLimits limits,
           Receiver receiver)
    : isolate_(std::move(isolate)),
      operation_(std::move(operation)),
      limits_(limits),
      receiver_(std::move(receiver)) {}

bool Call::is_finished() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return finished_;
}

void Call::finish(Outcome outcome) {
  if (auto* pending = std::get_if<Pending>(&outcome)) return wait_for(*pending);
  Receiver receiver;
  lib::Timer::Id deadline;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (finished_) return;
    finished_ = true;
    if (waits_) isolate_->count_waiting_call(-1);
    receiver = std::move(receiver_);
    receiver_ = nullptr;
    deadline = pending_deadline_;
  }
  if (deadline) lib::Timer::instance().cancel(deadline);
  if (receiver) receiver(std::move(outcome));
  activity_.reset();
}

void Call::finish_run(Outcome outcome) {
  operation_.reset();
  finish(std::move(outcome));
}

void Call::wait_for(const Pending& pending) {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (finished_) return;
    waits_ = true;
    isolate_->count_waiting_call(1);
    if (limits_.timeout_ns > 0) {
      auto when = lib::SteadyClock::now() + std::chrono::nanoseconds(limits_.timeout_ns);
      // The receiver may take the GIL, the timer's thread must not: the pool tells.
      pending_deadline_ = lib::Timer::instance().schedule(when, [self = shared_from_this()] {
        lib::ThreadPool::instance().post([self] { self->finish(Failure{Fault::kTimeout, kTimedOut, {}}); });
      });
    }
  }
  pending.settlement->on_settled(
      [self = shared_from_this()](Outcome outcome) { self->finish(std::move(outcome)); });
}

void Call::cancel() {
  finish(Failure{Fault::kCancelled, "The call was cancelled", {}});
  if (run_id_) isolate_->stop(run_id_, Fault::kCancelled);
}

namespace {

Outcome call_on_pool(const std::shared_ptr<Isolate>& isolate, std::unique_ptr<Operation> operation,
                     RunLimits limits, const std::function<bool()>& look) {
  auto waiter = std::make_shared<Waiter>();
  auto call = std::make_shared<Call>(isolate, std::move(operation), limits,
                                     [waiter](Outcome outcome) { waiter->end(std::move(outcome)); });
  call->set_waited_for();
  isolate->post(call);
  auto outcome = waiter->wait_end(look);
  if (outcome) return std::move(*outcome);
  call->cancel();
  return Failure{Fault::kInterrupted, "Interrupted", {}};
}

}  // namespace

const std::function<bool()>& current_look() {
  static const std::function<bool()> nothing;
  return innermost_look ? *innermost_look : nothing;
}

bool needs_pool() {
  constexpr uintptr_t kSmallestStackBytes =
      384 << 10;  // V8's limit for JavaScript, and room for its own C++ frames
  return !Entry::innermost() && lib::stack_pointer() - lib::stack_bottom() < kSmallestStackBytes;
}

Outcome call_here(Isolate& isolate, Operation& operation, const std::function<bool()>& look) {
  return run_and_settle(isolate, operation, {}, look);
}

Outcome call_sync(const std::shared_ptr<Isolate>& isolate, std::unique_ptr<Operation> operation,
                  RunLimits limits, const std::function<bool()>& look) {
  bool here = Entry::innermost() || (limits.timeout_ns == 0 && !needs_pool());
  if (!here) return call_on_pool(isolate, std::move(operation), limits, look);
  return run_and_settle(*isolate, *operation, limits, look);
}

}  // namespace isolates::engine
