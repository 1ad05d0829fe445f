// Failures of the engine as exceptions of isolates.errors, and back. All with the GIL.
#pragma once
#include <pybind11/pybind11.h>

#include <string>

#include "engine/value.h"

namespace isolates::bind {

/// The exception, not raised.
pybind11::object to_exception(const engine::Failure& failure);

[[noreturn]] void raise(const engine::Failure& failure);

/// A class of isolates.errors.
pybind11::object error_class(const char* name);

/// What a Python exception tells JavaScript: class, name and message; no traceback, which names the host's
/// files.
engine::Failure to_failure(const pybind11::object& exception);

}  // namespace isolates::bind
