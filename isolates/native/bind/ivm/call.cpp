#include "bind/ivm/call.h"

#include "engine/call.h"
#include "engine/errors.h"
#include "engine/held_memory.h"
#include "engine/isolate.h"
#include "engine/nested_call.h"

namespace isolates::bind::ivm {
namespace {

using engine::Call;
using engine::Outcome;
using engine::RemotePromise;

std::shared_ptr<RemotePromise> new_promise(const Arguments& arguments, Convert convert) {
  auto promise = RemotePromise::make(arguments.isolate(), arguments.context(), convert);
  if (!promise) throw JavaScriptThrew{};
  arguments.set_result(promise->promise());
  return promise;
}

Call::Receiver settle(std::shared_ptr<RemotePromise> promise) {
  return [promise = std::move(promise)](Outcome outcome) { promise->settle(std::move(outcome)); };
}

Call::Receiver until_answered(std::shared_ptr<engine::HeldMemory> held, Call::Receiver receiver) {
  return [held = std::move(held), receiver = std::move(receiver)](Outcome outcome) {
    if (receiver) receiver(std::move(outcome));
  };
}

/// The result of a synchronous call with `promise`.
void set_promise(const Arguments& arguments, Outcome outcome) {
  auto promise = new_promise(arguments, nullptr);
  auto* pending = std::get_if<engine::Pending>(&outcome);
  if (!pending) return promise->settle(std::move(outcome));
  pending->settlement->on_settled(settle(std::move(promise)));
}

/// What the call carries, until it ends. Null: that is too much, and the promise is rejected, at once: in the
/// queue it would be more to carry.
std::shared_ptr<engine::HeldMemory> hold(const Arguments& arguments, Form form) {
  auto held = engine::HeldMemory::take_or_collect(arguments.isolate(), arguments.carried());
  if (held) return held;
  if (form != Form::kAsync) throw engine::too_much_queued();
  Local resolver = v8abi::resolver_new(arguments.context());
  if (!resolver) throw JavaScriptThrew{};
  Local error = engine::new_error(arguments.isolate(), arguments.context(), engine::too_much_queued());
  if (error) v8abi::resolver_reject(resolver, arguments.context(), error);
  arguments.set_result(v8abi::resolver_promise(resolver));
  return nullptr;
}

void set_outcome(const Arguments& arguments, Outcome outcome, Convert convert) {
  Isolate& isolate = arguments.isolate();
  if (isolate.is_lost()) return;
  if (auto* failure = std::get_if<Failure>(&outcome)) throw std::move(*failure);
  if (auto* object = std::get_if<engine::Object>(&outcome)) {
    if (!convert)
      return set_promise(arguments, std::static_pointer_cast<engine::Unsettled>(*object)->outcome);
    Local made = convert(isolate, arguments.context(), *object);
    if (!made) throw JavaScriptThrew{};
    return arguments.set_result(made);
  }
  auto local = engine::to_local(isolate, arguments.context(), std::get<Value>(outcome));
  if (auto* failure = std::get_if<Failure>(&local)) throw std::move(*failure);
  arguments.set_result(std::get<Local>(local));
}

}  // namespace

void call(const Arguments& arguments, Form form, const std::shared_ptr<Isolate>& target,
          std::unique_ptr<engine::Operation> operation, engine::RunLimits limits, Convert convert) {
  if (form == Form::kSync) {
    Outcome outcome = engine::call_from_inside(arguments.isolate(), target, std::move(operation), limits);
    return set_outcome(arguments, std::move(outcome), convert);
  }
  auto held = hold(arguments, form);
  if (!held) return;
  Call::Receiver receiver;
  if (form == Form::kAsync) receiver = settle(new_promise(arguments, convert));
  target->post(std::make_shared<Call>(target, std::move(operation), limits,
                                      until_answered(std::move(held), std::move(receiver))));
}

void post(const Arguments& arguments, const std::shared_ptr<Isolate>& target,
          const std::function<std::shared_ptr<Call>(Call::Receiver)>& make) {
  auto held = hold(arguments, Form::kAsync);
  if (!held) return;
  target->post(make(until_answered(std::move(held), settle(new_promise(arguments, nullptr)))));
}

void apply(const Arguments& arguments, Form form, engine::Application application) {
  bool of_host = application.function->host() != nullptr;
  if (of_host && form == Form::kSync && application.crossing.promise) form = Form::kAsync;
  if (form == Form::kSync) {
    Outcome outcome = engine::apply_from_inside(arguments.isolate(), std::move(application));
    return set_outcome(arguments, std::move(outcome), nullptr);
  }
  auto held = hold(arguments, form);
  if (!held) return;
  Call::Receiver receiver;
  if (form == Form::kAsync) receiver = settle(new_promise(arguments, nullptr));
  engine::apply_later(std::move(application), until_answered(std::move(held), std::move(receiver)));
}

void answer(const Arguments& arguments, Form form, Outcome outcome, Convert convert) {
  if (form == Form::kSync) return set_outcome(arguments, std::move(outcome), convert);
  if (form == Form::kAsync) new_promise(arguments, convert)->settle(std::move(outcome));
}

Outcome as_undefined(Outcome outcome) {
  if (std::holds_alternative<Value>(outcome)) outcome = Value(engine::Undefined{});
  return outcome;
}

void reject(const Arguments& arguments, engine::TryCatch& caught) {
  Local thrown = caught.exception();
  Local resolver = nullptr;
  if (thrown && !caught.has_terminated()) {
    caught.reset();
    resolver = v8abi::resolver_new(arguments.context());
  }
  if (!resolver) {
    caught.rethrow();
    throw JavaScriptThrew{};
  }
  v8abi::resolver_reject(resolver, arguments.context(), thrown);
  arguments.set_result(v8abi::resolver_promise(resolver));
}

}  // namespace isolates::bind::ivm
