#include "engine/promise_watch.h"

#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/thrown_place.h"
#include "engine/v8_abi_program.h"
#include "engine/weak_data.h"

namespace isolates::engine {
namespace {

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
    if (crossing.await && v8abi::value_is_promise(value)) {
      crossing.repl = false;
      return watch_promise(isolate, context, value, crossing);
    }
  }
  return to_outcome(isolate, context, value, crossing);
}

Outcome outcome_of_rejected(Isolate& isolate, Local context, Local reason) {
  return rejected_with(isolate, context, reason, thrown_place(isolate, reason));
}

/// Shared by the two functions that are given to the promise.
class PromiseWatch final : public WeakData {
 public:
  PromiseWatch(Isolate& isolate, std::shared_ptr<Settlement> settlement, Crossing crossing)
      : WeakData(isolate), settlement_(std::move(settlement)), crossing_(crossing) {}

  void abandon() override {
    if (settlement_) tell(Failure{Fault::kAbandoned, "Promise was abandoned", {}});
  }

  void settle(State state, Local value) {
    if (!settlement_) return;  // a thenable that settles twice
    Local context = v8abi::isolate_current_context(isolate_.v8());
    tell(state == kFulfilled ? outcome_of_fulfilled(isolate_, context, value, crossing_)
                             : outcome_of_rejected(isolate_, context, value));
  }

 private:
  void tell(Outcome outcome) {
    if (auto* next = std::get_if<Pending>(&outcome)) {  // its value is a promise, which is waited for too
      auto forward = [settlement = std::move(settlement_)](Outcome end) {
        settlement->settle(std::move(end));
      };
      next->settlement->on_settled(std::move(forward));
      settlement_ = nullptr;
      return;
    }
    auto shared = std::make_shared<Outcome>(std::move(outcome));
    isolate_.defer([settlement = std::move(settlement_), shared] { settlement->settle(std::move(*shared)); });
    settlement_ = nullptr;
  }

  std::shared_ptr<Settlement> settlement_;
  const Crossing crossing_;
};

void settle(const v8abi::CallInfo& info, State state) {
  Local data = v8abi::function_data(info.isolate(), info.target());
  WeakData::of<PromiseWatch>(data).settle(state, info.argument(0));
}

void on_fulfilled(const v8abi::CallInfo& info) { settle(info, kFulfilled); }
void on_rejected(const v8abi::CallInfo& info) { settle(info, kRejected); }

}  // namespace

Outcome watch_promise(Isolate& isolate, Local context, Local value, Crossing crossing) {
  if (!v8abi::value_is_promise(value)) return outcome_of_fulfilled(isolate, context, value, crossing);
  int state = v8abi::promise_state(value);
  if (state == kFulfilled) {
    return outcome_of_fulfilled(isolate, context, v8abi::promise_result(value), crossing);
  }
  if (state == kRejected && !v8abi::promise_has_handler(value)) isolate.forget_rejection(value);
  v8abi::promise_mark_as_handled(value);
  if (state == kRejected) return outcome_of_rejected(isolate, context, v8abi::promise_result(value));

  auto settlement = std::make_shared<Settlement>();
  Local external = WeakData::attach(isolate, std::make_unique<PromiseWatch>(isolate, settlement, crossing));
  Local fulfilled = v8abi::function_new(context, on_fulfilled, external, 1, 0, 0);
  Local rejected = v8abi::function_new(context, on_rejected, external, 1, 0, 0);
  TryCatch caught(isolate.v8());
  if (!fulfilled || !rejected || !v8abi::promise_then(value, context, fulfilled, rejected)) {
    return thrown_failure(isolate, context, caught);
  }
  return Pending{settlement};
}

}  // namespace isolates::engine
