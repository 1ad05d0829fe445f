// Callback, as Python sees it.
#include "engine/callback.h"

#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/host_object.h"
#include "bind/values.h"
#include "engine/apply.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::Callback;
using Mode = Callback::Mode;

constexpr std::pair<const char*, Mode> kModes[] = {
    {"sync", Mode::kSync}, {"async", Mode::kAsync}, {"ignored", Mode::kIgnored}};

std::optional<Mode> read_mode(const Arguments& arguments) {
  PyObject* given = arguments.get("mode");
  if (!given || given == Py_None) return std::nullopt;
  if (!PyUnicode_Check(given)) arguments.refuse_type("mode", "a str or None", given);
  for (auto& [name, mode] : kModes) {
    if (PyUnicode_CompareWithASCIIString(given, name) == 0) return mode;
  }
  arguments.refuse_value("mode", "'sync', 'async' or 'ignored'", given);
}

constexpr Signature kInit{"Callback", "function, *, mode=None", ""};

CallbackObject make(const Arguments& arguments) {
  PyObject* function = arguments.get("function");
  if (!PyCallable_Check(function)) arguments.refuse_type("function", "a callable", function);
  auto callback = make_callback(py::reinterpret_borrow<py::object>(function), read_mode(arguments));
  auto it = std::static_pointer_cast<const Callback>(callback);
  return {it->mode(), it};
}

py::object mode(PyObject* self) {
  for (auto& [name, mode] : kModes) {
    if (self_as<CallbackObject>(self).mode == mode) return py::str(name);
  }
  return py::none();
}

py::object call_it(const CallbackObject& self, const py::args& given) {
  auto callback = self.callback.get();
  if (!callback) raise({engine::Fault::kReleased, Callback::kReleased, {}});
  auto function = callback->function();
  if (auto& host = function->host()) return host_object(*host)(*given);
  engine::Crossing crossing;
  crossing.fallback = engine::Crossing::Fallback::kCopy;
  Form form = Form::kSync;
  if (self.mode == Mode::kAsync) form = Form::kAsync;
  if (self.mode == Mode::kIgnored) form = Form::kIgnored;
  crossing.promise = form == Form::kAsync;
  auto isolate = function->isolate();
  return call(form, isolate,
              std::make_unique<engine::ApplyOperation>(std::move(function), engine::Undefined{},
                                                       to_values(given), crossing),
              {});
}

constexpr char kDoc[] =
    "Callback(function, *, mode=None)\n--\n\n"
    "A function that becomes a plain function of JavaScript wherever it goes; arguments and results are "
    "copied.\n\n"
    "mode: 'sync' (JavaScript waits for the result; `function` runs on the thread that runs the JavaScript), "
    "'async'\n"
    "(JavaScript gets a promise; what `function` returns is awaited, if it is awaitable) or 'ignored' "
    "(JavaScript\n"
    "gets undefined, errors are dropped). Default: 'async' for coroutine functions, else 'sync'; a callable "
    "that is\n"
    "passed without Callback gets that too. Functions of the latter two modes run on the pool, in the order "
    "of the\n"
    "calls; coroutines in the asyncio loop that ran where the Callback was made, or in a loop of their own "
    "if there\n"
    "was none or it is blocked by a synchronous call. Callable from Python: a function of JavaScript is "
    "called in its\n"
    "isolate, in the Callback's mode. Any thread. isolated-vm: Class Callback.";

}  // namespace

engine::SharedTransferable make_callback(py::object function, std::optional<Mode> mode) {
  if (!mode) {
    bool is_async = py::module_::import("inspect").attr("iscoroutinefunction")(function).cast<bool>();
    if (!is_async && !PyFunction_Check(function.ptr())) {
      py::object call = py::getattr(py::type::of(function), "__call__", py::none());
      is_async = py::module_::import("inspect").attr("iscoroutinefunction")(call).cast<bool>();
    }
    mode = is_async ? Mode::kAsync : Mode::kSync;
  }
  auto reference = engine::Reference::to_host(make_host_object(std::move(function)), kProfile);
  return std::make_shared<const Callback>(std::move(reference), *mode, kProfile);
}

void bind_callback(py::module_& module) {
  py::class_<LibraryObject>(module, "_Library", py::is_final(),
                            "The `ivm` object of JavaScript; isolates.isolated_vm.");
  py::class_<CallbackObject> type(module, "Callback", py::is_final(), kDoc);
  py::options options;
  options.disable_function_signatures();
  add_init<CallbackObject, kInit, make>(type);
  add_property<mode>(type, "mode", "'sync', 'async' or 'ignored'.");
  type.def("__call__", &call_it, "Calls the function, in its mode.");
}

}  // namespace isolates::bind
