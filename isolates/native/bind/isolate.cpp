// Isolate, as Python sees it.
#include <cmath>

#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/code_cache.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/hooks.h"
#include "bind/memory_limit.h"
#include "bind/module.h"
#include "bind/references.h"
#include "bind/snapshot.h"
#include "engine/script.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr Signature kInit{
    "Isolate",
    "memory_limit=128, inspector=False, snapshot=None, on_catastrophic_error=None, on_dispose=None, "
    "on_unhandled_rejection=None, task_timeout=None",
    ""};

IsolateObject make_isolate(const Arguments& arguments) {
  engine::IsolateOptions options;
  options.memory_limit_bytes = read_memory_limit(arguments);
  options.inspector = arguments.flag("inspector");
  options.snapshot = read_snapshot(arguments);
  options.task_limits = arguments.timeout("task_timeout");
  options.hooks = make_hooks(arguments);
  try {
    ReleaseGil unlocked;
    return {engine::Isolate::make(std::move(options))};
  } catch (const engine::Failure& failure) {
    raise(failure);
  }
}

IsolateObject& self_isolate(PyObject* self) { return self_as<IsolateObject>(self); }

// --- Contexts and scripts ---

template <Form form>
py::object create_context(PyObject* self, const Arguments& arguments) {
  auto isolate = self_isolate(self).isolate;
  bool inspector = arguments.flag("inspector");
  return call(form, isolate, std::make_unique<engine::CreateContextOperation>(kProfile, inspector), {});
}

template <Form form>
py::object compile_script(PyObject* self, const Arguments& arguments) {
  auto isolate = self_isolate(self).isolate;
  TextOfStr code(arguments.str("code")), filename = arguments.text("filename");
  engine::Source source;
  source.code = code.view();
  source.filename = filename.view();
  source.line_offset = arguments.offset("line_offset");
  source.column_offset = arguments.offset("column_offset");
  auto cache = read_code_cache(arguments);
  source.own();
  return call(form, isolate,
              std::make_unique<engine::CompileOperation>(std::move(source), std::move(cache), kProfile), {});
}

constexpr char kContextParameters[] = "*, inspector=False";
constexpr char kScriptParameters[] =
    "code, *, filename='<isolated-vm>', line_offset=0, column_offset=0, produce_cached_data=False, "
    "cached_data=None";

constexpr Signature kCreateContext{
    "Isolate.create_context", kContextParameters,
    "A new Context: its own global object and builtins, in this isolate's heap.\n\n"
    "Returns a Future. Raises (in it) DisposedError, MemoryLimitError. Any thread.\n"
    "README: isolate.createContext."};
constexpr Signature kCreateContextSync{
    "Isolate.create_context_sync", kContextParameters,
    "create_context, waiting for it. Blocks while the isolate is busy; the GIL is released."};
constexpr Signature kCompileScript{
    "Isolate.compile_script", kScriptParameters,
    "Compiles `code` into a Script, which can run in every context of this isolate.\n\n"
    "`line_offset` and `column_offset` (0-based) say where in `filename` the code begins.\n"
    "`produce_cached_data`: Script.cached_data has V8's compiled form. `cached_data`: such bytes, for the "
    "same\n"
    "code, instead of compiling; Script.cached_data_rejected says whether they did not fit. They contain "
    "what V8\n"
    "trusts blindly: never take them from an untrusted source. One of the two at a time. Returns a Future.\n"
    "Raises (in it) JSSyntaxError with file, line and column; ValueError if the code is longer than an\n"
    "eighth of `memory_limit`; DisposedError. Any thread. README: isolate.compileScript."};
constexpr Signature kCompileScriptSync{
    "Isolate.compile_script_sync", kScriptParameters,
    "compile_script, waiting for it. Blocks while the isolate is busy; the GIL is released."};

// --- Life ---

py::object dispose(PyObject* self, const Arguments&) {
  auto isolate = self_isolate(self).isolate;
  if (isolate->is_disposed()) raise({engine::Fault::kDisposed, "Isolate is already disposed", {}});
  {
    ReleaseGil unlocked;
    isolate->dispose();
  }
  return py::none();
}

py::object terminate(PyObject* self, const Arguments&) {
  auto isolate = self_isolate(self).isolate;
  {
    ReleaseGil unlocked;
    isolate->terminate();
  }
  return py::none();
}

py::object enter(PyObject* self, const Arguments&) { return py::reinterpret_borrow<py::object>(self); }

py::object exit(PyObject* self, const Arguments&) {
  auto isolate = self_isolate(self).isolate;
  {
    ReleaseGil unlocked;
    isolate->dispose();
  }
  return py::none();
}

constexpr Signature kDispose{
    "Isolate.dispose", "",
    "Destroys the isolate and frees its memory. All that was obtained from it becomes invalid.\n\n"
    "What runs in it is stopped (\"Isolate was disposed during execution\") and what waits fails; then the\n"
    "memory is freed as soon as the thread inside has left. Does not wait for that. Raises DisposedError if "
    "it\n"
    "is disposed already. Any thread, also from a function that the isolate has called."};
constexpr Signature kTerminate{"Isolate.terminate", "",
                               "Stops the JavaScript that runs right now; its call raises TerminatedError. "
                               "The isolate lives on, calls that\n"
                               "wait are run. Does nothing if nothing runs. Any thread. Not in isolated-vm."};
constexpr Signature kEnter{"Isolate.__enter__", "", "The isolate itself."};
constexpr Signature kExit{"Isolate.__exit__", "kind=None, error=None, trace=None",
                          "Disposes it, if that is not done."};

// --- Memory and accounting ---

py::object to_statistics(const engine::Object& object) {
  auto& statistics = *std::static_pointer_cast<engine::HeapStatistics>(object);
  py::dict result;
  for (auto& [name, figure] : statistics.figures()) result[name] = figure;
  return result;
}

py::object get_heap_statistics(PyObject* self, const Arguments& arguments) {
  auto operation = std::make_unique<engine::HeapStatisticsOperation>();
  return read_async(arguments.flag("now"), self_isolate(self).isolate, std::move(operation), to_statistics);
}

py::object get_heap_statistics_sync(PyObject* self, const Arguments&) {
  auto operation = std::make_unique<engine::HeapStatisticsOperation>();
  return call(Form::kSync, self_isolate(self).isolate, std::move(operation), {}, to_statistics);
}

py::object collect_garbage(PyObject* self, const Arguments& arguments) {
  auto operation = std::make_unique<engine::CollectGarbageOperation>();
  return call_async(arguments.flag("now"), self_isolate(self).isolate, std::move(operation));
}

py::object collect_garbage_sync(PyObject* self, const Arguments&) {
  auto operation = std::make_unique<engine::CollectGarbageOperation>();
  return call(Form::kSync, self_isolate(self).isolate, std::move(operation), {});
}

constexpr Signature kHeapStatistics{
    "Isolate.get_heap_statistics", "*, now=False",
    "V8's heap statistics as a dict of ints, in bytes where they are sizes.\n\n"
    "`externally_allocated_size` is exact: the bytes of ArrayBuffers, WebAssembly memories and resizable "
    "buffers,\n"
    "which lie outside the heap and count against `memory_limit`. With `now` at the next safe point of "
    "JavaScript that\n"
    "runs, which goes on then (its timeout and CPU time stand meanwhile), and at once while that waits for "
    "Python. Returns a Future. Any thread.\n"
    "README: isolate.getHeapStatistics."};
constexpr Signature kHeapStatisticsSync{
    "Isolate.get_heap_statistics_sync", "",
    "get_heap_statistics, waiting for it. Blocks while the isolate is busy."};
constexpr Signature kCollectGarbage{
    "Isolate.collect_garbage", "*, now=False",
    "A full collection of this isolate's heap; with `now` at the next safe point of JavaScript that runs, "
    "which goes on\n"
    "then; its timeout and CPU time stand meanwhile. Returns a Future of None. Any thread."};
constexpr Signature kCollectGarbageSync{"Isolate.collect_garbage_sync", "",
                                        "collect_garbage, waiting for it. Blocks while the isolate is busy."};

py::object is_disposed(PyObject* self) { return py::bool_(self_isolate(self).isolate->is_disposed()); }
py::object cpu_time_ns(PyObject* self) { return py::int_(self_isolate(self).isolate->cpu_time_ns()); }
py::object wall_time_ns(PyObject* self) { return py::int_(self_isolate(self).isolate->wall_time_ns()); }
py::object reference_count(PyObject* self) { return py::int_(self_isolate(self).isolate->reference_count()); }

py::object pending_calls(PyObject* self) { return py::int_(self_isolate(self).isolate->activity()->count()); }

constexpr char kDoc[] =
    "Isolate(memory_limit=128, inspector=False, snapshot=None, on_catastrophic_error=None, on_dispose=None,\n"
    "on_unhandled_rejection=None, task_timeout=None)\n--\n\n"
    "A JavaScript engine of its own: a heap that shares nothing with other isolates or with Python.\n\n"
    "memory_limit: megabytes of heap and buffers together, at least 8. A guideline, as V8 looks when it "
    "collects:\n"
    "a hostile script may use two to three times as much before it is stopped. What is over the limit after "
    "a\n"
    "full collection costs the isolate its life (MemoryLimitError); an ArrayBuffer that does not fit is a\n"
    "RangeError that JavaScript can catch.\n"
    "inspector: whether inspector sessions may be opened.\n"
    "snapshot: a heap to start from, from create_snapshot: bytes or another buffer; all contexts have what "
    "its\n"
    "scripts made. It is checked against accidents, not against forgers, and V8 trusts it blindly: never "
    "take "
    "one\n"
    "from an untrusted source.\n"
    "on_catastrophic_error: called with a reason (str), on any thread, if V8 gave up in this isolate.\n"
    "on_dispose: called with a reason, on any thread, when it is no longer alive: 'disposed', 'forgotten', "
    "'memory\n"
    "limit', 'heap budget', 'unresponsive' or 'catastrophe'.\n"
    "on_unhandled_rejection: called with the exception, on any thread, for a promise that was rejected "
    "without a\n"
    "handler and not in a call of its own (that one would fail). Of those that one call leaves behind the "
    "first 100\n"
    "are told (fewer, where their texts are megabytes), then how many more there are. The call ends, and its "
    "timeout rests, until all are told. "
    "Default: a\n"
    "RuntimeWarning.\n"
    "task_timeout: seconds that a continuation may take that no call with a `timeout` of its own runs: V8's "
    "tasks,\n"
    "and what awaits calls elsewhere.\n\n"
    "Raises HeapBudgetError if the isolates of the process use so much of the 4 GB heap that V8 shares among "
    "them\n"
    "that another one would not fit. Use it in a `with` statement, or dispose() it; one that is forgotten is "
    "freed\n"
    "with a ResourceWarning. It owns no thread: asynchronous calls run on a pool for all isolates, first in "
    "first\n"
    "out for each. Any thread may call any method. README: Class Isolate.";

}  // namespace

void bind_isolate(py::module_& module) {
  py::class_<IsolateObject> type(module, "Isolate", py::is_final(), kDoc);
  py::options options;
  options.disable_function_signatures();
  add_init<IsolateObject, kInit, make_isolate>(type);
  type.def("__eq__", [](const IsolateObject& self, const py::object& other) {
    return py::isinstance<IsolateObject>(other) && other.cast<const IsolateObject&>().isolate == self.isolate;
  });
  type.def("__hash__",
           [](const IsolateObject& self) { return std::hash<const void*>()(self.isolate.get()); });
  add_property<is_disposed>(type, "is_disposed",
                            "Whether the isolate was disposed or has died. Never raises.");
  add_property<cpu_time_ns>(type, "cpu_time_ns",
                            "Nanoseconds of CPU time that JavaScript has used here, without waiting or time "
                            "in other isolates and in "
                            "Python, and without what `now=True` asks for. Moves while it runs. README: "
                            "isolate.cpuTime.");
  add_property<wall_time_ns>(type, "wall_time_ns",
                             "Nanoseconds that calls have spent here, waiting included. Moves while one "
                             "runs. README: isolate.wallTime.");
  add_property<reference_count>(type, "reference_count",
                                "Handles that exist outside to values inside: references, contexts and "
                                "scripts. README: isolate.referenceCount.");
  type.def(
      "_watch_activity",
      [](const IsolateObject& self, py::object on_idle) {
        auto activity = self.isolate->activity();
        activity->set_listener([callable = share(std::move(on_idle))] {
          if (!is_python_alive()) return;
          AcquireGil gil;
          try {
            py::handle(callable.get())();
          } catch (py::error_already_set& error) {
            error.discard_as_unraisable("isolates: on_idle");
          }
        });
      },
      py::arg("on_idle"),
      "`on_idle` is called, on any thread, when no call of this isolate and of those that its JavaScript has "
      "made is under way any more. It must not wait.");
  add_property<pending_calls>(type, "_pending_calls", "How many such calls and promises there are.");
  add_method<kCreateContext, create_context<Form::kAsync>>(type);
  add_method<kCreateContextSync, create_context<Form::kSync>>(type);
  add_method<kCompileScript, compile_script<Form::kAsync>>(type);
  add_method<kCompileScriptSync, compile_script<Form::kSync>>(type);
  add_snapshot_methods(type);
  bind_compile_module(type);
  add_reference_methods(type);
  add_method<kDispose, dispose>(type);
  add_method<kTerminate, terminate>(type);
  add_method<kEnter, enter>(type);
  add_method<kExit, exit>(type);
  add_method<kHeapStatistics, get_heap_statistics>(type);
  add_method<kHeapStatisticsSync, get_heap_statistics_sync>(type);
  add_method<kCollectGarbage, collect_garbage>(type);
  add_method<kCollectGarbageSync, collect_garbage_sync>(type);
}

}  // namespace isolates::bind
