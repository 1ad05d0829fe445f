#include "engine/remote_promise.h"

#include "engine/call.h"
#include "engine/convert.h"
#include "engine/errors.h"
#include "engine/held_memory.h"
#include "engine/isolate.h"

namespace isolates::engine {

class RemotePromise::SettleOperation final : public Operation {
 public:
  SettleOperation(Isolate& isolate, std::shared_ptr<RemotePromise> promise, Outcome outcome)
      : promise_(std::move(promise)), outcome_(std::move(outcome)) {
    auto* value = std::get_if<Value>(&outcome_);
    if (!value) return;
    Holding answer;
    answer.add(*value);
    held_ = HeldMemory::take(isolate, answer);
    if (!held_) outcome_ = too_much_queued();
  }

  Outcome run(Isolate& isolate) override {
    held_.reset();  // from here on it is the value there that counts
    Local context = promise_->context_.local();
    EnteredContext entered(context);
    TryCatch ignore(isolate.v8());
    std::variant<Local, Failure> result = Failure{};
    if (auto* failure = std::get_if<Failure>(&outcome_)) {
      result = std::move(*failure);
    } else if (auto* object = std::get_if<Object>(&outcome_)) {
      result = promise_->convert_(isolate, context, *object);
    } else {
      result = to_local(isolate, context, std::get<Value>(outcome_));
    }
    Local resolver = promise_->resolver_.local();
    if (auto* value = std::get_if<Local>(&result)) {
      v8abi::resolver_resolve(resolver, context, *value);
    } else {
      auto caller = capture_thrown(isolate, context, promise_->caller_.local(), nullptr);
      Local error = new_error(isolate, context, std::get<Failure>(result), caller->stack);
      if (error) v8abi::resolver_reject(resolver, context, error);
    }
    return Failure{Fault::kState, {}, {}};  // no call: rejections go to the isolate's owner
  }

 private:
  const std::shared_ptr<RemotePromise> promise_;
  Outcome outcome_;
  std::shared_ptr<HeldMemory> held_;  // answers may come faster than they are looked at
};

RemotePromise::RemotePromise(Isolate& isolate, Local context, Local resolver, Local caller, Convert convert)
    : context_(isolate, context, RemoteHandle::Count::kNo),
      resolver_(isolate, resolver, RemoteHandle::Count::kNo),
      caller_(isolate, caller, RemoteHandle::Count::kNo),
      convert_(convert),
      mark_(mark_of(isolate)),
      activity_(isolate.activity()) {}

std::shared_ptr<RemotePromise> RemotePromise::make(Isolate& isolate, Local context, Convert convert) {
  Local resolver = v8abi::resolver_new(context);
  Local message = v8abi::string_new_utf8(isolate.v8(), "", 0, -1);
  Local caller = v8abi::exception_error(message, nullptr);
  if (!resolver || !caller) return nullptr;
  return std::shared_ptr<RemotePromise>(new RemotePromise(isolate, context, resolver, caller, convert));
}

Local RemotePromise::promise() const { return v8abi::resolver_promise(resolver_.local()); }

void RemotePromise::settle(Outcome outcome) {
  auto isolate = context_.isolate();
  auto operation = std::make_unique<SettleOperation>(*isolate, shared_from_this(), std::move(outcome));
  operation->set_mark(mark_);
  isolate->post(std::make_shared<Call>(isolate, std::move(operation), isolate->task_limits(), nullptr));
  activity_.reset();  // the call counts now
}

}  // namespace isolates::engine
