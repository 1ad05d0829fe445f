// What a heap's memory went to.
#pragma once
#include <pybind11/pybind11.h>

namespace isolates::bind {

/// After the classes.
void bind_heap_profiles(pybind11::module_& module);

}  // namespace isolates::bind
