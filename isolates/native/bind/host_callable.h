// Python callables that JavaScript calls.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>
#include <optional>

#include "engine/host_function.h"

namespace isolates::bind {

/// Keeps the callable alive. Called on the thread that runs the JavaScript: takes the GIL there.
std::shared_ptr<engine::HostCallable> make_callable(pybind11::object callable);

pybind11::object callable_object(const engine::HostCallable& callable);

}  // namespace isolates::bind
