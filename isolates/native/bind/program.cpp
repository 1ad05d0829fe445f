// The native half of the preludes: of programs, and of the kernel.
#include "engine/program.h"

#include <pybind11/stl.h>

#include "bind/call.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/hooks.h"
#include "bind/host_mark.h"
#include "bind/host_object.h"
#include "bind/text.h"
#include "engine/script.h"
#include "engine/supervision.h"

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

py::object supervise(const IsolateObject& isolate, const ReferenceObject& explain,
                     const ReferenceObject& show, const py::object& on_rejection) {
  auto operation = std::make_unique<engine::SuperviseOperation>(explain.reference.get(), show.reference.get(),
                                                                make_rejection_hook(on_rejection));
  return call(Form::kAsync, isolate.isolate, std::move(operation), {});
}

py::object eval_cell(const ContextObject& context, const py::str& code, const py::str& filename,
                     int line_offset, std::optional<double> timeout_s, int mark, bool awaits_value,
                     bool keep) {
  engine::Source source;
  source.own(to_text(code), to_text(filename));
  source.line_offset = line_offset;
  engine::Crossing crossing;
  crossing.how = keep ? engine::Crossing::How::kKept : engine::Crossing::How::kShown;
  crossing.promise = true;
  crossing.repl = true;
  crossing.await = awaits_value;
  engine::RunLimits limits;
  if (timeout_s) limits.timeout_ns = static_cast<int64_t>(*timeout_s * 1e9);
  auto operation =
      std::make_unique<engine::EvalOperation>(context.handle->remote(), std::move(source), crossing);
  operation->set_mark(mark);
  operation->replace_declarations();
  return call(Form::kAsync, context.isolate, std::move(operation), limits);
}

void stop_marked(const IsolateObject& isolate, int mark) {
  ReleaseGil unlocked;
  engine::stop_marked(*isolate.isolate, mark);
}

int64_t known_bytes(const IsolateObject& isolate) { return isolate.isolate->known_bytes(); }

}  // namespace

void bind_program(py::module_& module) {
  module.def("_inspect_natives", inspect_natives, py::arg("context"),
             "A Future of a Reference to what util.inspect needs of V8.");
  module.def(
      "_supervise", supervise, py::arg("isolate"), py::arg("explain"), py::arg("show"),
      py::arg("on_rejection"),
      "Prepares an isolate for cells; a Future of None. `explain` is a function in it from what was thrown "
      "to {name, text, message},\nwhich exceptions get as _label, _details and, if they have none, message; "
      "`show` is one from primitives to text. on_rejection(exception, mark)\nis called, on any thread, for "
      "rejections that nobody handled: "
      "they fail no call any more.");
  module.def("_eval_cell", eval_cell, py::arg("context"), py::arg("code"), py::arg("filename"),
             py::arg("line_offset"), py::arg("timeout"), py::arg("mark"), py::arg("awaits_value"),
             py::arg("keep") = false,
             "Context.eval with `repl`, marked; a declaration replaces one of any kind. A Future of "
             "`undefined`, of the "
             "text that shows a primitive, or of a Reference.\nWith `awaits_value` a promise that is the "
             "value is waited for. With `keep` primitives are References too.");
  module.def(
      "_set_mark", set_host_mark, py::arg("mark"),
      "Which cell the calls of this thread, or of this asyncio task, belong to, unless JavaScript has called "
      "Python; 0 is none.");
  module.def(
      "_stop_marked", stop_marked, py::arg("isolate"), py::arg("mark"),
      "Stops what runs if it has this mark: what a cell goes on with that was cancelled while it waited, "
      "in a timer\nor in a call that has settled its promise, which ends with it. Never waits.");
  module.def("_known_bytes", known_bytes, py::arg("isolate"),
             "What a supervised isolate took when its last run ended. Never waits.");
  module.def("_program_natives", program_natives, py::arg("context"), py::arg("wake"),
             "A Reference to what the prelude of a program needs of V8. `wake` is called on any thread when "
             "a promise\nwas rejected and nobody has handled it.");
  module.def("_expose_gc", engine::expose_gc,
             "From now on `gc` is a global of each new context, as under V8's --expose-gc.");
}

}  // namespace isolates::bind
