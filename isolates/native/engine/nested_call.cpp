#include "engine/nested_call.h"

#include "engine/entry.h"
#include "engine/isolate.h"
#include "engine/lending.h"
#include "engine/rescue.h"
#include "engine/waiter.h"

namespace isolates::engine {
namespace {

constexpr char kNotAllowed[] =
    "Calling a synchronous isolated-vm function on a non-default isolate from within an asynchronous "
    "isolated-vm function is not allowed.";

}  // namespace

Outcome call_from_inside(Isolate& caller, const std::shared_ptr<Isolate>& target,
                         std::unique_ptr<Operation> operation, RunLimits limits) {
  if (target->is_disposed()) return target->refusal();
  bool own = target.get() == &caller;
  if (own || target->is_held_here() || !Entry::innermost()->is_asynchronous()) {
    std::optional<Isolate::Outside> outside;
    if (!own) outside.emplace(caller);
    Outcome outcome = call_sync(target, std::move(operation), limits, {});
    // Ctrl-C was seen by the inner one.
    auto* failure = std::get_if<Failure>(&outcome);
    if (failure && failure->fault == Fault::kInterrupted) caller.stop(0, Fault::kInterrupted);
    return outcome;
  }
  if (target != caller.default_isolate()) return Failure{Fault::kState, kNotAllowed, {}};
  return wait_from_inside(caller, {}, [&](Call::Receiver receiver) {
    auto call = std::make_shared<Call>(target, std::move(operation), limits, std::move(receiver));
    call->set_waited_for();
    target->post(call);
    return call;
  });
}

Outcome wait_from_inside(Isolate& caller, RunLimits limits, const Start& start) {
  std::optional<Outcome> outcome;
  Failure failure{Fault::kTerminated, "Execution was terminated", {}};
  {
    auto waiter = std::make_shared<Waiter>();
    Isolate::Outside outside(caller);
    auto deadline = lib::SteadyClock::now() + std::chrono::nanoseconds(limits.timeout_ns);
    auto call = start([waiter](Outcome outcome) { waiter->end(std::move(outcome)); });
    Lending lending;
    auto is_over = [&] {
      if (lending.is_being_stopped()) return true;
      if (limits.timeout_ns > 0 && lib::SteadyClock::now() >= deadline) {
        failure = {Fault::kTimeout, "Script execution timed out.", {}};
        return true;
      }
      auto& look = current_look();
      if (!look || !look()) return false;
      failure = {Fault::kInterrupted, "Interrupted", {}};
      return true;
    };
    outcome = waiter->wait_end(is_over);
    if (!outcome && call) call->cancel();
    lending.take_back();
  }
  if (Entry::innermost()->is_forsaken()) {
    outcome.reset();
    leave_rescue_zone("the isolate was lost while it was lent");
  }
  if (outcome) return std::move(*outcome);
  if (failure.fault == Fault::kInterrupted) caller.stop(0, Fault::kInterrupted);
  return failure;
}

}  // namespace isolates::engine
