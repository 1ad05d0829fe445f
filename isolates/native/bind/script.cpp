// Script, as Python sees it.
#include "engine/script.h"

#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/code_cache.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/private_init.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

const engine::Failure kReleased{engine::Fault::kReleased, "Script has been released", {}};

template <Form form>
py::object run(PyObject* self, const Arguments& arguments) {
  auto& script = self_as<ScriptObject>(self);
  PyObject* given = arguments.get("context");
  if (!py::isinstance<ContextObject>(given)) arguments.refuse_type("context", "a Context", given);
  auto& context = self_as<ContextObject>(given);
  auto limits = arguments.timeout();
  bool release = arguments.flag("release");
  return build_call(form, [&] {
    auto crossing = arguments.crossing(engine::Crossing::Fallback::kUndefined);
    if (!script.handle) return fail(form, kReleased);
    if (!context.handle) return fail(form, {engine::Fault::kReleased, "Context is released", {}});
    if (context.isolate != script.isolate)
      return fail(form, {engine::Fault::kTransfer, "Invalid context", {}});
    auto operation = std::make_unique<engine::RunScriptOperation>(script.handle->remote(),
                                                                  context.handle->remote(), crossing);
    if (release) script.handle.release();  // the operation still has it
    auto isolate = script.isolate;
    return call(form, isolate, std::move(operation), limits);
  });
}

py::object release(PyObject* self, const Arguments&) {
  auto& script = self_as<ScriptObject>(self);
  if (!script.handle) raise(kReleased);
  auto handle = script.handle.release();
  {
    ReleaseGil unlocked;
    handle.reset();
  }
  return py::none();
}

py::object cached_data(PyObject* self) {
  auto& script = self_as<ScriptObject>(self);
  return cached_data_object(script.cache, script.cached_data);
}

py::object cached_data_rejected(PyObject* self) {
  return cached_data_rejected_object(self_as<ScriptObject>(self).cache);
}

constexpr char kRunParameters[] =
    "context, *, timeout=None, release=False, copy=False, external_copy=False, reference=False, "
    "promise=False";

constexpr Signature kRun{
    "Script.run", kRunParameters,
    "Runs the script in `context`; a Future of its last expression's value, as for Context.eval.\n\n"
    "`release` releases the script with this call. Raises (in the Future) what Context.eval raises, "
    "ReleasedError,\n"
    "and TransferError \"Invalid context\" for a context of another isolate. README: script.run."};
constexpr Signature kRunSync{"Script.run_sync", kRunParameters,
                             "run, waiting for the result; see Context.eval_sync."};
constexpr Signature kRunIgnored{"Script.run_ignored", kRunParameters,
                                "run, without a result: queued, and what it raises is swallowed."};
constexpr Signature kRelease{"Script.release", "",
                             "Lets go of the script. What it has made lives on. Raises ReleasedError if it "
                             "is released already. README: "
                             "script.release."};

}  // namespace

void bind_script(py::module_& module) {
  py::class_<ScriptObject> type(module, "Script", py::is_final(),
                                "Compiled JavaScript that runs in any context of its isolate; from "
                                "Isolate.compile_script.\n\nREADME: Class Script.");
  add_private_init(type);
  add_method<kRun, run<Form::kAsync>>(type);
  add_method<kRunSync, run<Form::kSync>>(type);
  add_method<kRunIgnored, run<Form::kIgnored>>(type);
  add_method<kRelease, release>(type);
  add_property<cached_data>(type, "cached_data", kCachedDataDoc);
  add_property<cached_data_rejected>(type, "cached_data_rejected", kCachedDataRejectedDoc);
}

}  // namespace isolates::bind
