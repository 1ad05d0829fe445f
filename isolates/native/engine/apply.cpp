#include "engine/apply.h"

#include <array>

#include "engine/errors.h"
#include "engine/nested_call.h"

namespace isolates::engine {

Outcome ApplyOperation::run(Isolate& isolate) {
  Local context = function_->context();
  EnteredContext entered(context);
  if (!v8abi::value_is_function(function_->value())) {
    return Failure{Fault::kTransfer, "Reference is not a function", {}};
  }
  if (mark() == 0) engine::set_mark(isolate, function_->mark());
  TryCatch caught(isolate.v8());
  auto receiver = to_local(isolate, context, receiver_);
  if (auto* failure = std::get_if<Failure>(&receiver)) return std::move(*failure);
  constexpr size_t kFew = 8;
  std::array<Local, kFew> few;  // on the stack, as for most calls
  std::vector<Local> many(arguments_.size() > kFew ? arguments_.size() : 0);
  Local* arguments = many.empty() ? few.data() : many.data();
  for (size_t index = 0; index < arguments_.size(); ++index) {
    auto local = to_local(isolate, context, arguments_[index]);
    if (auto* failure = std::get_if<Failure>(&local)) return std::move(*failure);
    arguments[index] = std::get<Local>(local);
  }
  Local result = v8abi::function_call(function_->value(), context, std::get<Local>(receiver),
                                      static_cast<int>(arguments_.size()), arguments);
  if (!result) return thrown_failure(isolate, context, caught);
  return to_outcome(isolate, context, result, crossing_);
}

namespace {

std::unique_ptr<Operation> operation_of(Application& application) {
  return std::make_unique<ApplyOperation>(std::move(application.function), std::move(application.receiver),
                                          std::move(application.arguments), application.crossing);
}

}  // namespace

void apply_later(Application application, Call::Receiver receiver) {
  if (auto host = application.function->host()) {
    return host->start(std::move(application.arguments), std::move(receiver));
  }
  auto isolate = application.function->isolate();
  auto call =
      std::make_shared<Call>(isolate, operation_of(application), application.limits, std::move(receiver));
  isolate->post(std::move(call));
}

Outcome apply_from_inside(Isolate& caller, Application application) {
  if (auto host = application.function->host()) {
    Isolate::Outside outside(caller);
    return host->call(std::move(application.arguments));
  }
  auto target = application.function->isolate();
  return call_from_inside(caller, target, operation_of(application), application.limits);
}

Outcome apply_awaited_from_inside(Isolate& caller, Application application) {
  auto host = application.function->host();
  auto target = application.function->isolate();
  auto root = caller.default_isolate();
  if (!host && (!root || root->is_held_here())) {
    return Failure{Fault::kState, "This function may not be called from the default thread", {}};
  }
  if (!host && target != root) {
    return Failure{Fault::kTransfer, "`applySyncPromise` needs a function of the default isolate", {}};
  }
  application.crossing.promise = true;
  auto limits = application.limits;
  return wait_from_inside(caller, limits, [&](Call::Receiver receiver) -> std::shared_ptr<Call> {
    if (host) {
      host->start(std::move(application.arguments), std::move(receiver));
      return nullptr;
    }
    auto call = std::make_shared<Call>(target, operation_of(application), limits, std::move(receiver));
    call->set_waited_for();
    target->post(call);
    return call;
  });
}

}  // namespace isolates::engine
