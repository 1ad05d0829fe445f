// The native half of the preludes: of programs, and of the kernel.
#include "engine/program.h"

#include "bind/call.h"
#include "bind/handles.h"
#include "bind/host_object.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

py::object program_natives(const ContextObject& context, const py::object& wake) {
  auto callable = make_host_object(wake);
  auto call_it = [callable] { callable->call({}); };
  return call(Form::kSync, context.isolate,
              std::make_unique<engine::MakeProgramNativesOperation>(context.handle->remote(), call_it), {});
}

py::object inspect_natives(const ContextObject& context) {
  return call(Form::kAsync, context.isolate,
              std::make_unique<engine::MakeInspectNativesOperation>(context.handle->remote()), {});
}

}  // namespace

void bind_program(py::module_& module) {
  module.def("_inspect_natives", inspect_natives, py::arg("context"),
             "A Future of a Reference to what util.inspect needs of V8.");
  module.def("_program_natives", program_natives, py::arg("context"), py::arg("wake"),
             "A Reference to what the prelude of a program needs of V8. `wake` is called on any thread when "
             "a promise\nwas rejected and nobody has handled it.");
  module.def("_expose_gc", engine::expose_gc,
             "From now on `gc` is a global of each new context, as under V8's --expose-gc.");
}

}  // namespace isolates::bind
