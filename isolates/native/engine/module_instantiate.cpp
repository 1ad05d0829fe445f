#include "engine/module_instantiate.h"

#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/module_depth.h"
#include "engine/module_evaluate.h"
#include "engine/module_map.h"
#include "engine/v8_abi_modules.h"

namespace isolates::engine {
namespace {

/// What V8 links on this thread right now. It runs no JavaScript while it does.
thread_local const ModuleLinking* current_linking = nullptr;

/// By V8, for each request of each module that is new to it.
Local find_target(Local context, size_t request, Local referrer) {
  Isolate& isolate = Isolate::current(nullptr);
  ModuleRecord* record = isolate.modules().find(referrer);
  const Module* target = record ? current_linking->target(record->info->id, request) : nullptr;
  if (target) return target->local();
  // Another instantiation has failed in between and V8 has taken back what ours had found linked.
  v8abi::isolate_throw(
      isolate.v8(),
      new_error(isolate, context, {Fault::kState, "A dependency was not resolved; instantiate again", {}}));
  return nullptr;
}

Failure invalid_context() { return {Fault::kTransfer, "Invalid context", {}}; }

}  // namespace

std::variant<bool, Failure> link_modules(Isolate& isolate, Local context, const ModuleLinking& linking) {
  for (auto& module : linking.modules()) {
    auto linked = module->context();
    if (linked && *linked->local() != *context) return invalid_context();
  }
  if (auto too_deep = measure_depths(isolate.modules(), linking)) return std::move(*too_deep);
  current_linking = &linking;
  bool done = v8abi::module_instantiate(linking.root()->local(), context, find_target, nullptr).has;
  current_linking = nullptr;
  if (!done) return false;
  std::shared_ptr<RemoteHandle> handle;
  for (auto& module : linking.modules()) {
    // What another walk has linked first may have led V8 past some that this one has found.
    if (module->is_linked() || v8abi::module_status(module->local()) < v8abi::kModuleInstantiated) continue;
    if (!handle) handle = std::make_shared<RemoteHandle>(isolate, context, RemoteHandle::Count::kNo);
    module->set_linked(handle);
    if (!module->info().may_import) continue;
    if (ModuleRecord* record = isolate.modules().find(module->info().id))
      record->importer = linking.resolver();
  }
  // For `namespace`, which then needs no turn in the isolate.
  auto& root = linking.root();
  if (!root->space()) root->set_space(namespace_of(isolate, *root));
  return true;
}

Outcome LinkModulesOperation::run(Isolate& isolate) {
  Local context = context_->local();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto linked = link_modules(isolate, context, *linking_);
  if (auto* failure = std::get_if<Failure>(&linked)) return std::move(*failure);
  if (!std::get<bool>(linked)) return thrown_failure(isolate, context, caught);
  return Value(Null{});
}

namespace {

/// The first turn of the asynchronous form: a walk that needs nobody ends here, another one goes on outside.
class InstantiateOperation final : public Operation {
 public:
  InstantiateOperation(std::shared_ptr<ModuleLinking> linking, Instantiation what)
      : linking_(std::move(linking)), what_(std::move(what)) {}

  Outcome run(Isolate& isolate) override {
    if (!what_.resolver) {
      std::optional<Failure> failure;
      linking_->start(what_.module, [&](std::optional<Failure> why) { failure = std::move(why); });
      if (failure) return std::move(*failure);
      return LinkModulesOperation(linking_, what_.context).run(isolate);
    }
    isolate.modules().note(linking_);
    auto settlement = std::make_shared<Settlement>();
    auto link = [linking = std::weak_ptr(linking_), context = what_.context,
                 settlement](std::optional<Failure> failure) {
      if (failure) return settlement->settle(std::move(*failure));
      auto found = linking.lock();  // it is what calls
      auto isolate = context->isolate();
      isolate->post(std::make_shared<Call>(
          isolate, std::make_unique<LinkModulesOperation>(std::move(found), context), RunLimits{},
          [settlement](Outcome outcome) { settlement->settle(std::move(outcome)); }));
    };
    // Not here and not when this turn ends: a resolver that waits for the isolate must not hold up its queue.
    lib::ThreadPool::instance().post(
        [linking = linking_, module = what_.module, link] { linking->start(module, link); });
    return Pending{settlement};
  }

 private:
  const std::shared_ptr<ModuleLinking> linking_;
  const Instantiation what_;
};

}  // namespace

std::shared_ptr<Call> make_instantiate_call(const Instantiation& what, RunLimits limits,
                                            Call::Receiver receiver) {
  auto isolate = what.module->isolate();
  auto linking = std::make_shared<ModuleLinking>(isolate, what.resolver);
  // However the call ends, the walk is over then.
  auto end = [weak = std::weak_ptr(linking), receiver = std::move(receiver)](Outcome outcome) {
    if (auto linking = weak.lock()) linking->fail({Fault::kCancelled, "The call has ended", {}});
    if (receiver) receiver(std::move(outcome));
  };
  return std::make_shared<Call>(isolate, std::make_unique<InstantiateOperation>(std::move(linking), what),
                                limits, std::move(end));
}

std::variant<std::shared_ptr<ModuleLinking>, Failure> find_modules(const Instantiation& what,
                                                                   RunLimits& limits) {
  auto isolate = what.module->isolate();
  if (isolate->is_disposed()) return isolate->refusal();
  auto linking = std::make_shared<ModuleLinking>(isolate, what.resolver);
  auto started = lib::SteadyClock::now();
  if (limits.timeout_ns > 0) linking->set_deadline(started + std::chrono::nanoseconds(limits.timeout_ns));
  std::optional<Failure> failure;
  bool done = false;
  linking->start(what.module, [&](std::optional<Failure> why) {
    done = true;
    failure = std::move(why);
  });
  if (!done) {  // an answer that is still to come must not find this frame
    Failure late{Fault::kState, "A synchronous resolver has to answer at once", {}};
    linking->fail(late);
    return late;
  }
  if (failure) return std::move(*failure);
  if (limits.timeout_ns > 0) {
    auto spent = std::chrono::duration_cast<std::chrono::nanoseconds>(lib::SteadyClock::now() - started);
    limits.timeout_ns = std::max<int64_t>(1, limits.timeout_ns - spent.count());
  }
  return linking;
}

}  // namespace isolates::engine
