// Looking into a context for the kernel's completion and inspection.
#pragma once
#include <pybind11/pybind11.h>

namespace isolates::bind {

void bind_introspection(pybind11::module_& module);

}  // namespace isolates::bind
