#pragma once

#include <pybind11/pybind11.h>

namespace isolates::bind {

// JavaScript's undefined: one object per process, as None is.
pybind11::object undefined_object();

void bind_undefined(pybind11::module_& module);

}  // namespace isolates::bind
