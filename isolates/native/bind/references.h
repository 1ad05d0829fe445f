// Isolate.references and release_references.
#pragma once
#include <pybind11/pybind11.h>

namespace isolates::bind {

/// Isolate's methods.
void add_reference_methods(pybind11::object& isolate_type);
/// After the classes.
void bind_references(pybind11::module_& module);

}  // namespace isolates::bind
