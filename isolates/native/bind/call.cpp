#include "bind/call.h"

#include "bind/blocking.h"
#include "bind/ending.h"
#include "bind/errors.h"
#include "bind/future.h"
#include "bind/gil.h"
#include "bind/host_mark.h"
#include "bind/host_object.h"
#include "bind/interrupt.h"
#include "bind/values.h"
#include "engine/call.h"

namespace py = pybind11;

namespace isolates::bind {

py::object to_object(const engine::Outcome& outcome, Convert convert) {
  if (auto* failure = std::get_if<engine::Failure>(&outcome)) raise(*failure);
  if (auto* object = std::get_if<engine::Object>(&outcome)) return convert(*object);
  return to_python(std::get<engine::Value>(outcome));
}

py::object fail(Form form, const engine::Failure& failure) {
  if (form != Form::kAsync) raise(failure);
  return make_failed_future(to_exception(failure));
}

py::object call_here(const std::shared_ptr<engine::Isolate>& isolate, engine::Operation& operation) {
  mark_by_host(operation);
  engine::Outcome outcome;
  {
    ReleaseGil release;
    Blocking blocking;
    Interruptible interruptible(isolate);
    outcome = engine::call_here(*isolate, operation, interruptible.look());
  }
  return to_object(outcome, nullptr);
}

py::object call(Form form, const std::shared_ptr<engine::Isolate>& isolate,
                std::unique_ptr<engine::Operation> operation, engine::RunLimits limits, Convert convert) {
  mark_by_host(*operation);
  if (form == Form::kSync) {
    engine::Outcome outcome;
    {
      ReleaseGil release;
      Blocking blocking;
      Interruptible interruptible(isolate);
      outcome = engine::call_sync(isolate, std::move(operation), limits, interruptible.look());
    }
    return to_object(outcome, convert);
  }
  py::object future = py::none();
  std::shared_ptr<Ending> ending;
  engine::Call::Receiver receiver;
  if (form == Form::kAsync) {
    ending = std::make_shared<Ending>();
    future = make_future(ending, convert);
    receiver = [ending](engine::Outcome outcome) { ending->end(std::move(outcome)); };
  }
  auto made = std::make_shared<engine::Call>(isolate, std::move(operation), limits, std::move(receiver));
  if (ending) ending->set_call(made);
  {
    ReleaseGil unlocked;
    isolate->post(std::move(made));
  }
  return future;
}

py::object wait_for_call(const std::shared_ptr<engine::Isolate>& isolate,
                         const std::function<engine::Outcome(const std::function<bool()>& look)>& run) {
  engine::Outcome outcome;
  {
    ReleaseGil release;
    Blocking blocking;
    Interruptible interruptible(isolate);
    outcome = run(interruptible.look());
  }
  return to_object(outcome, nullptr);
}

py::object post_call(const std::shared_ptr<engine::Isolate>& isolate,
                     const std::function<std::shared_ptr<engine::Call>(engine::Call::Receiver)>& make,
                     Convert convert) {
  auto ending = std::make_shared<Ending>();
  py::object future = make_future(ending, convert);
  auto made = make([ending](engine::Outcome outcome) { ending->end(std::move(outcome)); });
  mark_by_host(made->operation());
  ending->set_call(made);
  {
    ReleaseGil unlocked;
    isolate->post(std::move(made));
  }
  return future;
}

py::object hurry_call(const std::shared_ptr<engine::Hurried>& work, Convert convert) {
  std::shared_ptr<engine::Call> call;
  auto make = [&](engine::Call::Receiver receiver) {
    call = std::make_shared<engine::Call>(work->isolate(), work->operation(), engine::RunLimits{},
                                          std::move(receiver));
    return call;
  };
  py::object future = post_call(work->isolate(), make, convert);
  ReleaseGil unlocked;
  work->hurry(call);
  return future;
}

py::object call_async(bool now, const std::shared_ptr<engine::Isolate>& isolate,
                      std::unique_ptr<engine::Operation> operation, Convert convert) {
  if (!now) return call(Form::kAsync, isolate, std::move(operation), {}, convert);
  return hurry_call(std::make_shared<engine::HurriedCall>(isolate, std::move(operation)), convert);
}

py::object read_async(bool now, const std::shared_ptr<engine::Isolate>& isolate,
                      std::unique_ptr<engine::Operation> operation, Convert convert) {
  if (!now) return call(Form::kAsync, isolate, std::move(operation), {}, convert);
  constexpr auto kReads = engine::HurriedCall::Does::kReads;
  return hurry_call(std::make_shared<engine::HurriedCall>(isolate, std::move(operation), kReads), convert);
}

}  // namespace isolates::bind
