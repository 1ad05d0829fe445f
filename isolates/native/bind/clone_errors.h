#pragma once

#include <pybind11/pybind11.h>

#include "bind/clone_wire.h"

namespace isolates::bind {

// Writes an exception as an Error up to its cause: the caller writes that, if the result is not null, and
// ErrorTag::kEnd. False in `fits` (and half an Error written) if a text is too long for V8.
pybind11::object write_exception(pybind11::handle exception, WireWriter& out, bool& fits);

}  // namespace isolates::bind
