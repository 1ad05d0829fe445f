#include "engine/module_evaluate.h"

#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/promise_watch.h"
#include "engine/reference.h"
#include "engine/v8_abi_modules.h"

namespace isolates::engine {
namespace {

Failure not_instantiated() { return {Fault::kState, "Module has not been instantiated.", {}}; }

}  // namespace

std::variant<Local, Failure> evaluate_module(const Module& module) {
  auto context = module.context();
  if (!context) return not_instantiated();
  // V8 does not expect this: a host function that the module calls asks for the module itself.
  if (v8abi::module_status(module.local()) == v8abi::kModuleEvaluating) {
    return Failure{Fault::kState, "Module is being evaluated", {}};
  }
  return v8abi::module_evaluate(module.local(), context->local());
}

Outcome EvaluateOperation::run(Isolate& isolate) {
  auto handle = module_->context();
  if (!handle) return not_instantiated();
  Local context = handle->local();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto evaluated = evaluate_module(*module_);
  if (auto* failure = std::get_if<Failure>(&evaluated)) return std::move(*failure);
  Local promise = std::get<Local>(evaluated);
  if (!promise) return thrown_failure(isolate, context, caught);
  constexpr int kPending = 0;
  if (!wait_ && v8abi::value_is_promise(promise) && v8abi::promise_state(promise) == kPending) {
    return Value(Undefined{});
  }
  return watch_promise(isolate, context, promise, crossing_);
}

Outcome NamespaceOperation::run(Isolate& isolate) {
  auto handle = module_->context();
  if (!handle) return not_instantiated();
  Local context = handle->local();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto space = namespace_of(isolate, *module_);
  if (!space) return thrown_failure(isolate, context, caught);
  module_->set_space(space);
  return Value(SharedTransferable(std::move(space)));
}

Outcome EvaluationStateOperation::run(Isolate& isolate) {
  auto handle = module_->context();
  if (!handle) return Value(false);
  Local context = handle->local();
  EnteredContext entered(context);
  const int status = v8abi::module_status(module_->local());
  if (status == v8abi::kModuleErrored) {
    Local thrown = v8abi::module_exception(module_->local());
    return Failure{Fault::kThrown, {}, capture_thrown(isolate, context, thrown, nullptr)};
  }
  return Value(status >= v8abi::kModuleEvaluating);
}

std::shared_ptr<const Reference> namespace_of(Isolate& isolate, const Module& module) {
  Local space = v8abi::module_namespace(module.local());
  if (!space) return nullptr;
  Local context = module.context()->local();
  return Reference::make(isolate, context, space, module.profile(), RemoteHandle::Count::kNo);
}

}  // namespace isolates::engine
