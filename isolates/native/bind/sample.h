// isolates.sample.
#pragma once
#include <pybind11/pybind11.h>

namespace isolates::bind {

void bind_sample(pybind11::module_& module);

}  // namespace isolates::bind
