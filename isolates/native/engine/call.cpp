#include "engine/call.h"

#include "engine/entry.h"
#include "engine/isolate.h"
#include "lib/stack.h"

namespace isolates::engine {
namespace {

constexpr char kTimedOut[] = "Script execution timed out.";

/// Where a synchronous caller waits for an end that comes from another thread.
class Waiter {
 public:
  void end(Outcome outcome) {
    std::lock_guard<std::mutex> guard(mutex_);
    outcome_ = std::move(outcome);
    ended_.notify_one();
  }

  std::optional<Outcome> wait_end(const std::function<bool()>& look) {
    lib::ThreadPool::Waiting waiting;
    std::unique_lock<std::mutex> guard(mutex_);
    auto done = [this] { return outcome_.has_value(); };
    if (!look) ended_.wait(guard, done);
    while (!ended_.wait_for(guard, std::chrono::milliseconds(50), done)) {
      guard.unlock();
      bool interrupted = look();
      guard.lock();
      if (interrupted) return std::nullopt;
    }
    return std::move(outcome_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Outcome> outcome_;
};

Outcome wait_settled(Isolate& isolate, const Pending& pending, const std::function<bool()>& look) {
  auto waiter = std::make_shared<Waiter>();
  pending.settlement->on_settled([waiter](Outcome outcome) { waiter->end(std::move(outcome)); });
  if (Entry::innermost() && &Entry::innermost()->isolate() == &isolate) {
    // Only this thread could settle it, and it is here.
    auto nothing_waits = [] { return true; };
    auto now = waiter->wait_end(nothing_waits);
    if (now) return std::move(*now);
    return Failure{
        Fault::kState, "A promise of the isolate that this thread is running can't be waited for", {}};
  }
  auto outcome = waiter->wait_end(look);
  return outcome ? std::move(*outcome) : Outcome(Failure{Fault::kInterrupted, "Interrupted", {}});
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
    receiver = std::move(receiver_);
    receiver_ = nullptr;
    deadline = pending_deadline_;
  }
  if (deadline) lib::Timer::instance().cancel(deadline);
  if (receiver) receiver(std::move(outcome));
}

void Call::wait_for(const Pending& pending) {
  operation_.reset();  // it has run; what it holds must not wait for a promise that may never settle
  if (limits_.timeout_ns > 0) {
    auto when = lib::SteadyClock::now() + std::chrono::nanoseconds(limits_.timeout_ns);
    std::lock_guard<std::mutex> guard(mutex_);
    if (finished_) return;
    // The receiver may take the GIL, the timer's thread must not: the pool tells.
    pending_deadline_ = lib::Timer::instance().schedule(when, [self = shared_from_this()] {
      lib::ThreadPool::instance().post([self] { self->finish(Failure{Fault::kTimeout, kTimedOut, {}}); });
    });
  }
  pending.settlement->on_settled(
      [self = shared_from_this()](Outcome outcome) { self->finish(std::move(outcome)); });
}

void Call::cancel() {
  finish(Failure{Fault::kCancelled, "The call was cancelled", {}});
  if (run_id_) isolate_->stop(run_id_, Fault::kCancelled);
}

namespace {

/// Less than this and V8's own C++ frames might not fit (a thread made with a tiny stack): the pool has room.
constexpr uintptr_t kSmallestStackBytes = 384 << 10;

bool has_small_stack() { return lib::stack_pointer() - lib::stack_bottom() < kSmallestStackBytes; }

class BorrowedOperation final : public Operation {
 public:
  explicit BorrowedOperation(Operation& operation) : operation_(operation) {}
  Outcome run(Isolate& isolate) override { return operation_.run(isolate); }

 private:
  Operation& operation_;
};

Outcome call_on_pool(const std::shared_ptr<Isolate>& isolate, std::unique_ptr<Operation> operation,
                     RunLimits limits, const std::function<bool()>& look) {
  auto waiter = std::make_shared<Waiter>();
  auto call = std::make_shared<Call>(isolate, std::move(operation), limits,
                                     [waiter](Outcome outcome) { waiter->end(std::move(outcome)); });
  isolate->post(call);
  auto outcome = waiter->wait_end(look);
  if (outcome) return std::move(*outcome);
  call->cancel();
  return Failure{Fault::kInterrupted, "Interrupted", {}};
}

}  // namespace

Outcome call_here(Isolate& isolate, Operation& operation, const std::function<bool()>& look) {
  if (has_small_stack() && !Entry::innermost()) {
    // Not interruptible, as the operation is the caller's; the main thread's stack is never small.
    return call_on_pool(isolate.shared_from_this(), std::make_unique<BorrowedOperation>(operation), {}, {});
  }
  Outcome outcome = isolate.run_here(operation, {}, look);
  if (auto* pending = std::get_if<Pending>(&outcome)) return wait_settled(isolate, *pending, look);
  return outcome;
}

Outcome call_sync(const std::shared_ptr<Isolate>& isolate, std::unique_ptr<Operation> operation,
                  RunLimits limits, const std::function<bool()>& look) {
  bool here = Entry::innermost() || (limits.timeout_ns == 0 && !has_small_stack());
  if (!here) return call_on_pool(isolate, std::move(operation), limits, look);
  Outcome outcome = isolate->run_here(*operation, limits, look);
  if (auto* pending = std::get_if<Pending>(&outcome)) return wait_settled(*isolate, *pending, look);
  return outcome;
}

}  // namespace isolates::engine
