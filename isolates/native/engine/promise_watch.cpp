#include "engine/promise_watch.h"

#include "engine/errors.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

constexpr uint16_t kTag = 0;
enum State { kPending, kFulfilled, kRejected };

Outcome outcome_of_fulfilled(Isolate& isolate, Local context, Local value, Crossing crossing) {
  crossing.promise = false;
  if (crossing.repl && v8abi::value_is_object(value)) {
    // V8 wraps the value of a REPL script, so that a promise as value is not awaited. A rejection is not
    // wrapped.
    TryCatch ignore(isolate.v8());
    Local key = v8abi::string_new_utf8(isolate.v8(), ".repl_result", 0, -1);
    Local wrapped = v8abi::object_get(value, context, key);
    if (wrapped) value = wrapped;
  }
  return to_outcome(isolate, context, value, crossing);
}

Outcome outcome_of_rejected(Isolate& isolate, Local context, Local reason) {
  Local message = v8abi::exception_create_message(isolate.v8(), reason);
  return Failure{Fault::kThrown, {}, capture_thrown(isolate, context, reason, message)};
}

void settle(const v8abi::CallInfo& info, State state) {
  Local data = v8abi::function_data(info.isolate(), info.target());
  auto* watch = static_cast<PromiseWatch*>(v8abi::external_value(data, kTag));
  Isolate& isolate = *watch->isolate;
  auto settlement = std::move(watch->settlement);
  if (!settlement) return;  // a thenable that settles twice
  Local context = v8abi::isolate_current_context(isolate.v8());
  Local value = info.argument(0);
  auto outcome = std::make_shared<Outcome>(
      state == kFulfilled ? outcome_of_fulfilled(isolate, context, value, watch->crossing)
                          : outcome_of_rejected(isolate, context, value));
  isolate.defer([settlement, outcome] { settlement->settle(std::move(*outcome)); });
}

void on_fulfilled(const v8abi::CallInfo& info) { settle(info, kFulfilled); }
void on_rejected(const v8abi::CallInfo& info) { settle(info, kRejected); }

void on_collected(const v8abi::WeakCallbackInfo& info) {
  auto* watch = static_cast<PromiseWatch*>(info.parameter);
  v8abi::global_delete(watch->weak);
  watch->isolate->remove(watch);
  watch->abandon();
  delete watch;
}

}  // namespace

void PromiseWatch::abandon() {
  if (!settlement) return;
  isolate->defer([settlement = std::move(settlement)] {
    settlement->settle(Failure{Fault::kAbandoned, "Promise was abandoned", {}});
  });
}

Outcome watch_promise(Isolate& isolate, Local context, Local value, Crossing crossing) {
  if (!v8abi::value_is_promise(value)) return outcome_of_fulfilled(isolate, context, value, crossing);
  int state = v8abi::promise_state(value);
  if (state == kFulfilled) {
    return outcome_of_fulfilled(isolate, context, v8abi::promise_result(value), crossing);
  }
  v8abi::promise_mark_as_handled(value);
  isolate.forget_rejection(value);
  if (state == kRejected) return outcome_of_rejected(isolate, context, v8abi::promise_result(value));

  auto settlement = std::make_shared<Settlement>();
  auto* watch = new PromiseWatch{&isolate, settlement, crossing};
  Local external = v8abi::external_new(isolate.v8(), watch, kTag);
  watch->weak = v8abi::global_new(isolate.v8(), *external);
  v8abi::global_make_weak(watch->weak, watch, on_collected, 0);
  isolate.add(watch);
  Local fulfilled = v8abi::function_new(context, on_fulfilled, external, 1, 0, 0);
  Local rejected = v8abi::function_new(context, on_rejected, external, 1, 0, 0);
  TryCatch caught(isolate.v8());
  if (!fulfilled || !rejected || !v8abi::promise_then(value, context, fulfilled, rejected)) {
    return thrown_failure(isolate, context, caught);
  }
  return Pending{settlement};
}

}  // namespace isolates::engine
