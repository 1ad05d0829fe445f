#include "bind/introspection.h"

#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/text.h"
#include "engine/introspection.h"
#include "engine/introspection_check.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

py::object look(const ReferenceObject& function, const py::str& name, const py::str& argument) {
  if (!function.reference || !function.reference->isolate()) {
    return fail(Form::kAsync, {engine::Fault::kReleased, "Reference is released", {}});
  }
  try {
    ReleaseGil unlocked;
    engine::check_introspection();
  } catch (const engine::Failure& failure) {
    return fail(Form::kAsync, failure);
  }
  return hurry_call(
      std::make_shared<engine::Look>(function.reference.get(), bind::to_text(name), bind::to_text(argument)));
}

}  // namespace

void bind_introspection(py::module_& module) {
  module.def(
      "_look", look, py::arg("function"), py::arg("name"), py::arg("argument"),
      "A Future of a copy of what `function(name, argument)` returns, run under V8's check that it has "
      "no side\neffects: at the next safe point of JavaScript that runs, or when the isolate is idle; "
      "100 ms at most.\nRuntimeError if it throws.");
}

}  // namespace isolates::bind
