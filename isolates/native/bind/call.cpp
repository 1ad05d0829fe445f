#include "bind/call.h"

#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/interrupt.h"
#include "bind/values.h"
#include "engine/call.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

/// What Future.cancel() needs.
struct CallHandle {
  std::shared_ptr<engine::Call> call;
};

py::object to_object(engine::Outcome& outcome, Convert convert) {
  if (auto* failure = std::get_if<engine::Failure>(&outcome)) raise(*failure);
  if (auto* object = std::get_if<engine::Object>(&outcome)) return convert(*object);
  return to_python(std::get<engine::Value>(outcome));
}

py::object new_future() { return py::module_::import("isolates.future").attr("Future")(); }

/// On the thread that ends the call.
void deliver(PyObject* target, engine::Outcome outcome, Convert convert) {
  py::handle future(target);
  try {
    auto* failure = std::get_if<engine::Failure>(&outcome);
    if (failure) {
      future.attr("_end")(py::none(), to_exception(*failure));
    } else {
      future.attr("_end")(to_object(outcome, convert), py::none());
    }
  } catch (py::error_already_set& error) {  // the value can't become Python's
    future.attr("_end")(py::none(), error.value());
  }
}

engine::Call::Receiver receiver_for(py::object future, Convert convert) {
  return [target = share(std::move(future)), convert](engine::Outcome outcome) mutable {
    if (!is_python_alive()) return;
    AcquireGil gil;
    try {
      deliver(target.get(), std::move(outcome), convert);
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("isolates: the end of an asynchronous call");
    }
    target.reset();
  };
}

}  // namespace

py::object failed_future(const py::object& exception) {
  py::object future = new_future();
  future.attr("_end")(py::none(), exception);
  return future;
}

py::object fail(Form form, const engine::Failure& failure) {
  if (form != Form::kAsync) raise(failure);
  return failed_future(to_exception(failure));
}

py::object call_here(const std::shared_ptr<engine::Isolate>& isolate, engine::Operation& operation) {
  engine::Outcome outcome;
  {
    ReleaseGil release;
    Interruptible interruptible(isolate);
    outcome = engine::call_here(*isolate, operation, interruptible.look());
  }
  return to_object(outcome, nullptr);
}

py::object call(Form form, const std::shared_ptr<engine::Isolate>& isolate,
                std::unique_ptr<engine::Operation> operation, engine::RunLimits limits, Convert convert) {
  if (form == Form::kSync) {
    engine::Outcome outcome;
    {
      ReleaseGil release;
      Interruptible interruptible(isolate);
      outcome = engine::call_sync(isolate, std::move(operation), limits, interruptible.look());
    }
    return to_object(outcome, convert);
  }
  py::object future = py::none();
  engine::Call::Receiver receiver;
  if (form == Form::kAsync) {
    future = new_future();
    receiver = receiver_for(future, convert);
  }
  auto made = std::make_shared<engine::Call>(isolate, std::move(operation), limits, std::move(receiver));
  if (form == Form::kAsync) future.attr("_call") = py::cast(CallHandle{made});
  {
    ReleaseGil unlocked;
    isolate->post(std::move(made));
  }
  return future;
}

void bind_call(py::module_& module) {
  py::class_<CallHandle>(module, "_Call", "A queued or running call, for Future.cancel().")
      .def("cancel", [](const CallHandle& self) {
        ReleaseGil release;
        self.call->cancel();
      });
}

}  // namespace isolates::bind
