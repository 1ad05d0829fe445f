#include "bind/undefined.h"

#include <pybind11/gil_safe_call_once.h>

namespace py = pybind11;

namespace isolates::bind {
namespace {

struct Undefined {};

// Not a plain static: its destructor would run after the interpreter's end.
PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> singleton;

}  // namespace

py::object undefined_object() {
  return singleton.call_once_and_store_result([] { return py::cast(Undefined{}); }).get_stored();
}

void bind_undefined(py::module_& module) {
  py::class_<Undefined>(module, "Undefined", py::is_final(),
                        "The type of `undefined`, JavaScript's undefined: a falsy singleton.")
      .def("__bool__", [](const Undefined&) { return false; })
      .def("__repr__", [](const Undefined&) { return "undefined"; })
      .def("__copy__", [](py::object self) { return self; })
      .def("__deepcopy__", [](py::object self, const py::object&) { return self; })
      // A name, so that unpickling finds the singleton instead of making a second one.
      .def("__reduce__", [](const Undefined&) { return "undefined"; });
  module.attr("undefined") = undefined_object();
}

}  // namespace isolates::bind
