// The three forms of every call: x_sync, x, x_ignored.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>

#include "bind/form.h"
#include "engine/call.h"
#include "engine/hurried.h"
#include "engine/isolate.h"
#include "engine/outcome.h"

namespace isolates::bind {

/// Makes the Python object of an operation that ends as engine::Object. With the GIL.
using Convert = pybind11::object (*)(const engine::Object& object);

/// kSync: runs and returns or raises. kAsync: queues and returns an isolates.Future. kIgnored: queues, None.
/// With the GIL, which is released while anything runs or waits. `operation` must own all it needs.
pybind11::object call(Form form, const std::shared_ptr<engine::Isolate>& isolate,
                      std::unique_ptr<engine::Operation> operation, engine::RunLimits limits,
                      Convert convert = nullptr);

/// A synchronous call without a timeout, of an operation that may borrow from the caller's arguments.
pybind11::object call_here(const std::shared_ptr<engine::Isolate>& isolate, engine::Operation& operation);

/// A synchronous call that `run` makes: without the GIL, with what its waits shall look at.
pybind11::object wait_for_call(const std::shared_ptr<engine::Isolate>& isolate,
                               const std::function<engine::Outcome(const std::function<bool()>& look)>& run);

/// An asynchronous call that `make` builds around its receiver: posted, and its isolates.Future. With the
/// GIL.
pybind11::object post_call(const std::shared_ptr<engine::Isolate>& isolate,
                           const std::function<std::shared_ptr<engine::Call>(engine::Call::Receiver)>& make,
                           Convert convert = nullptr);

/// An asynchronous call that need not wait for its turn: posted, and its isolates.Future. With the GIL.
pybind11::object hurry_call(const std::shared_ptr<engine::Hurried>& work, Convert convert = nullptr);

/// An asynchronous call; `now`: as hurry_call. `operation` may run with JavaScript on the stack then.
pybind11::object call_async(bool now, const std::shared_ptr<engine::Isolate>& isolate,
                            std::unique_ptr<engine::Operation> operation, Convert convert = nullptr);

/// The same, of one that only reads figures of the heap (engine::HurriedCall::Does::kReads).
pybind11::object read_async(bool now, const std::shared_ptr<engine::Isolate>& isolate,
                            std::unique_ptr<engine::Operation> operation, Convert convert);

/// What the form makes of a failure while the call is built: raised, or in the Future.
pybind11::object fail(Form form, const engine::Failure& failure);

/// Raises if the outcome is a failure.
pybind11::object to_object(const engine::Outcome& outcome, Convert convert);

/// An isolates.Future that has ended with an exception.
pybind11::object make_failed_future(const pybind11::object& exception);

/// Builds and makes a call; what that raises ends up as by `fail`.
template <class Build>
pybind11::object build_call(Form form, Build build) {
  try {
    return build();
  } catch (pybind11::error_already_set& error) {
    if (form != Form::kAsync) throw;
    return make_failed_future(error.value());
  }
}

}  // namespace isolates::bind
