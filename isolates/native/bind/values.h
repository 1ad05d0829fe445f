// Python objects and the data that crosses. All with the GIL.
#pragma once
#include <pybind11/pybind11.h>

#include "engine/outcome.h"
#include "engine/value.h"

namespace isolates::bind {

pybind11::object to_python(const engine::Value& value);

/// Which ArrayBuffers are made beside a copy's bytes, where isolates can take them over without another copy.
enum class BuffersApart { kLarge, kAll };

/// Raises TransferError, which names the type and the path to what can't cross; `index`: of it in `args`.
engine::Value to_value(pybind11::handle object, BuffersApart apart = BuffersApart::kLarge,
                       Py_ssize_t index = -1);
/// Of a list or tuple; none if it is null.
std::vector<engine::Value> to_values(pybind11::handle objects);

}  // namespace isolates::bind
