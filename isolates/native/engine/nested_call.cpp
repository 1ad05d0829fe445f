#include "engine/nested_call.h"

#include "engine/entry.h"
#include "engine/isolate.h"
#include "engine/lending.h"
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
  return wait_from_inside(caller, target.get(), [&](Call::Receiver receiver) {
    target->post(std::make_shared<Call>(target, std::move(operation), limits, std::move(receiver)));
  });
}

Outcome wait_from_inside(Isolate& caller, Isolate* needed, const std::function<void(Call::Receiver)>& start) {
  auto waiter = std::make_shared<Waiter>();
  Isolate::Outside outside(caller);
  start([waiter](Outcome outcome) { waiter->end(std::move(outcome)); });
  std::optional<Outcome> outcome;
  {
    Lending lending(caller, needed);
    outcome = waiter->wait_end([&] { return lending.is_being_stopped(); });
  }
  if (outcome) return std::move(*outcome);
  return Failure{Fault::kTerminated, "Execution was terminated", {}};
}

}  // namespace isolates::engine
