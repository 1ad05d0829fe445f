#include "bind/ivm/module_resolver.h"

#include "bind/ivm/module_object.h"
#include "engine/call.h"
#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/promise_watch.h"
#include "engine/reference.h"
#include "engine/roots.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {
namespace {

using Answer = engine::ModuleResolver::Answer;
using Function = std::shared_ptr<const engine::Reference>;
using engine::Outcome;

/// Calls the function with (specifier, referrer, attributes); a promise is waited for if `wait`.
Outcome ask(Isolate& isolate, const Function& function, const engine::ModuleRequest& request,
            const engine::Referrer& referrer, bool wait) {
  Local context = function->context();
  engine::EnteredContext entered(context);
  engine::TryCatch caught(isolate.v8());
  const Failure no_room{engine::Fault::kTransfer, "The specifier does not fit into the isolate", {}};
  Local attributes = v8abi::object_new(isolate.v8());
  for (auto& [key, value] : request.attributes) {
    Local name = engine::new_string(isolate, key), text = engine::new_string(isolate, value);
    if (!name || !text) return no_room;
    v8abi::object_create_data_property(attributes, context, name, text);
  }
  Local specifier = engine::new_string(isolate, request.specifier);
  Local from = referrer.module ? module_object(isolate, context, referrer.module)
                               : engine::new_string(isolate, referrer.filename);
  if (!specifier || !from) return no_room;
  Local parts[] = {specifier, from, attributes};
  Local undefined = engine::Roots::instance().undefined_local();
  Local result = v8abi::function_call(function->value(), context, undefined, 3, parts);
  if (!result) return engine::thrown_failure(isolate, context, caught);
  engine::Crossing crossing;
  crossing.profile = function->profile();
  if (wait) return engine::watch_promise(isolate, context, result, crossing);
  return engine::to_outcome(isolate, context, result, crossing);
}

void give(const Answer& answer, Outcome outcome) {
  if (auto* failure = std::get_if<Failure>(&outcome)) return answer(std::move(*failure));
  auto* value = std::get_if<Value>(&outcome);
  auto* it = value ? std::get_if<engine::SharedTransferable>(value) : nullptr;
  if (it && (*it)->kind() == engine::Transferable::Kind::kModule) {
    return answer(std::static_pointer_cast<const engine::Module>(*it));
  }
  answer(Failure{engine::Fault::kTransfer, "Resolved dependency was not `Module`", {}});
}

class AskOperation final : public engine::Operation {
 public:
  AskOperation(Function function, engine::ModuleRequest request, engine::Referrer referrer)
      : function_(std::move(function)), request_(std::move(request)), referrer_(std::move(referrer)) {}
  Outcome run(Isolate& isolate) override { return ask(isolate, function_, request_, referrer_, true); }

 private:
  const Function function_;
  const engine::ModuleRequest request_;
  const engine::Referrer referrer_;
};

class AsyncResolver final : public engine::ModuleResolver {
 public:
  explicit AsyncResolver(Function function) : function_(std::move(function)) {}
  void resolve(const engine::ModuleRequest& request, const engine::Referrer& referrer,
               const engine::ModuleLinking&, Answer answer) override {
    auto isolate = function_->isolate();
    auto receive = [answer = std::move(answer)](Outcome outcome) { give(answer, std::move(outcome)); };
    isolate->post(std::make_shared<engine::Call>(isolate,
                                                 std::make_unique<AskOperation>(function_, request, referrer),
                                                 engine::RunLimits{}, std::move(receive)));
  }

 private:
  const Function function_;
};

/// import() goes on after the synchronous call: it is answered by a task, as an asynchronous one.
class SyncResolver final : public engine::ModuleResolver {
 public:
  explicit SyncResolver(const Function& function) : function_(function), later_(function) {}
  void resolve(const engine::ModuleRequest& request, const engine::Referrer& referrer,
               const engine::ModuleLinking& asker, Answer answer) override {
    auto isolate = function_->isolate();
    if (!isolate->is_held_here()) return later_.resolve(request, referrer, asker, std::move(answer));
    give(answer, ask(*isolate, function_, request, referrer, false));
  }

 private:
  const Function function_;
  AsyncResolver later_;
};

}  // namespace

std::shared_ptr<engine::ModuleResolver> make_resolver(const Arguments& arguments, Form form, Local function) {
  auto reference = engine::Reference::make(arguments.isolate(), arguments.context(), function,
                                           arguments.profile(), engine::RemoteHandle::Count::kNo);
  if (form == Form::kSync) return std::make_shared<SyncResolver>(std::move(reference));
  return std::make_shared<AsyncResolver>(std::move(reference));
}

}  // namespace isolates::bind::ivm
