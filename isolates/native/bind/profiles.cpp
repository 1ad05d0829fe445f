// CPU profiles and heap snapshots: methods of Isolate.
#include <cstdio>

#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "engine/cpu_profiler.h"
#include "engine/heap_snapshot.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr int kShortestIntervalUs = 50;
constexpr int kLongestIntervalUs = 1000000;

const std::shared_ptr<engine::Isolate>& self_isolate(PyObject* self) {
  return self_as<IsolateObject>(self).isolate;
}

// --- CPU profiles ---

std::string read_title(const Arguments& arguments) {
  return py::handle(arguments.str("title")).attr("encode")("utf-8", "surrogatepass").cast<std::string>();
}

int read_interval(const Arguments& arguments) {
  constexpr char kName[] = "sampling_interval_us";
  PyObject* given = arguments.get(kName);
  if (!given) return engine::kDefaultSamplingIntervalUs;
  if (!PyLong_Check(given) || PyBool_Check(given)) arguments.refuse_type(kName, "an int", given);
  int overflow = 0;
  long long interval = PyLong_AsLongLongAndOverflow(given, &overflow);
  if (overflow != 0 || interval < kShortestIntervalUs || interval > kLongestIntervalUs)
    arguments.refuse_value(kName, "an int from 50 to 1000000", given);
  return static_cast<int>(interval);
}

py::object start_cpu_profiler(PyObject* self, const Arguments& arguments) {
  auto isolate = self_isolate(self);
  std::string title = read_title(arguments);
  int interval_us = read_interval(arguments);
  if (isolate->is_disposed()) raise(isolate->refusal());
  try {
    ReleaseGil unlocked;
    engine::start_cpu_profile(*isolate, title, interval_us);
  } catch (const engine::Failure& failure) {
    raise(failure);
  }
  return py::none();
}

py::object read_json(const std::string& json) {
  return py::module_::import("json").attr("loads")(to_str(json));
}

py::object to_profile(const engine::Object& object) {
  auto profile = std::static_pointer_cast<engine::CpuProfile>(object);
  std::string json;
  {
    ReleaseGil unlocked;
    json = profile->json();
  }
  return read_json(json);
}

py::object to_parts(const engine::Object& object) {
  auto profile = std::static_pointer_cast<engine::CpuProfile>(object);
  std::vector<engine::CpuProfile::Part> parts;
  {
    ReleaseGil unlocked;
    parts = profile->parts();
  }
  py::list result;
  for (auto& part : parts) {
    py::dict entry;
    entry["threadId"] = part.thread_id;
    entry["profile"] = read_json(part.json);
    result.append(std::move(entry));
  }
  return result;
}

py::object stop_cpu_profiler(PyObject* self, const Arguments& arguments) {
  auto operation = std::make_unique<engine::StopCpuProfileOperation>(read_title(arguments));
  Convert convert = arguments.flag("parts") ? to_parts : to_profile;
  return call_async(arguments.flag("now"), self_isolate(self), std::move(operation), convert);
}

py::object stop_cpu_profiler_sync(PyObject* self, const Arguments& arguments) {
  auto operation = std::make_unique<engine::StopCpuProfileOperation>(read_title(arguments));
  Convert convert = arguments.flag("parts") ? to_parts : to_profile;
  return call(Form::kSync, self_isolate(self), std::move(operation), {}, convert);
}

constexpr char kStartParameters[] = "title, *, sampling_interval_us=1000";

constexpr Signature kStart{
    "Isolate.start_cpu_profiler", kStartParameters,
    "Begins to take a CPU profile: which functions are running, every `sampling_interval_us` microseconds\n"
    "(50 to 1000000).\n\n"
    "Never waits: it begins at the next safe point of JavaScript that runs, or else with the next call.\n"
    "Up to 16 profiles of different titles can be taken at once (RuntimeError beyond); nothing happens if "
    "there is\n"
    "one of this title.\n"
    "At most four million samples are kept. On Linux the profile follows the isolate from thread to thread, "
    "and\n"
    "SIGPROF interrupts a thread only while it runs JavaScript; on macOS it sees the thread on which it was "
    "begun.\n"
    "Raises DisposedError. Any thread. isolated-vm: isolate.startCpuProfiler."};
constexpr Signature kStop{
    "Isolate.stop_cpu_profiler", "title, *, parts=False, now=False",
    "Ends the CPU profile of this title; a Future of it, as a dict that json.dump writes as a .cpuprofile "
    "file,\n"
    "which Chrome DevTools and speedscope open.\n\n"
    "With `parts` a list as isolated-vm has it: {\"threadId\", \"profile\"} for each stretch of time that a "
    "thread has\n"
    "spent inside. With `now` it ends at the next safe point of JavaScript that runs, which goes on, and not "
    "when it\n"
    "is its turn in the isolate: so a loop that never ends has a profile too. The timeout and the CPU time "
    "of "
    "what runs\n"
    "stand meanwhile. Raises (in the Future) "
    "ValueError "
    "if there\n"
    "is none of this title. Any thread.\n"
    "isolated-vm: isolate.stopCpuProfiler."};
constexpr Signature kStopSync{
    "Isolate.stop_cpu_profiler_sync", "title, *, parts=False",
    "stop_cpu_profiler, waiting for it. Blocks while the isolate is busy; the GIL is released."};

// --- Heap snapshots ---

py::object to_bytes(const engine::Object& object) {
  auto chunks = std::static_pointer_cast<std::vector<std::string>>(object);
  size_t size = 0;
  for (auto& chunk : *chunks) size += chunk.size();
  auto bytes =
      py::reinterpret_steal<py::object>(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
  if (!bytes) throw py::error_already_set();
  char* at = PyBytes_AS_STRING(bytes.ptr());
  for (auto& chunk : *chunks) {
    at = std::copy(chunk.begin(), chunk.end(), at);
    std::string().swap(chunk);  // or it would all be there twice
  }
  return bytes;
}

std::unique_ptr<engine::Operation> read_snapshot(const Arguments& arguments) {
  PyObject* path = arguments.get("path");
  std::unique_ptr<engine::SnapshotFile> file;
  if (path && path != Py_None) {
    PyObject* converted = nullptr;
    if (!PyUnicode_FSConverter(path, &converted)) {
      PyErr_Clear();
      arguments.refuse_type("path", "a str, a path or None", path);
    }
    auto bytes = py::reinterpret_steal<py::object>(converted);
    file = engine::SnapshotFile::open(PyBytes_AS_STRING(bytes.ptr()));
    if (!file) {
      PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
      throw py::error_already_set();
    }
  }
  return std::make_unique<engine::HeapSnapshotOperation>(std::move(file));
}

py::object heap_snapshot(PyObject* self, const Arguments& arguments) {
  return call_async(arguments.flag("now"), self_isolate(self), read_snapshot(arguments), to_bytes);
}

py::object heap_snapshot_sync(PyObject* self, const Arguments& arguments) {
  return call(Form::kSync, self_isolate(self), read_snapshot(arguments), {}, to_bytes);
}

py::object to_spaces(const engine::Object& object) {
  py::list result;
  for (auto& space : *std::static_pointer_cast<std::vector<engine::HeapSpace>>(object)) {
    py::dict entry;
    entry["space_name"] = space.name;
    entry["space_size"] = space.size;
    entry["space_used_size"] = space.used_size;
    entry["space_available_size"] = space.available_size;
    entry["physical_space_size"] = space.physical_size;
    result.append(std::move(entry));
  }
  return result;
}

py::object get_heap_space_statistics(PyObject* self, const Arguments& arguments) {
  auto operation = std::make_unique<engine::HeapSpacesOperation>();
  return read_async(arguments.flag("now"), self_isolate(self), std::move(operation), to_spaces);
}

py::object get_heap_space_statistics_sync(PyObject* self, const Arguments&) {
  auto operation = std::make_unique<engine::HeapSpacesOperation>();
  return call(Form::kSync, self_isolate(self), std::move(operation), {}, to_spaces);
}

constexpr Signature kSnapshot{
    "Isolate.heap_snapshot", "path=None, *, now=False",
    "Everything that lives in the heap and what holds it, as a .heapsnapshot file, which Chrome DevTools "
    "opens:\n"
    "a Future of its bytes, or with `path` (str or path) of None, and it is written there piece by piece.\n\n"
    "Collects garbage first. The isolate waits meanwhile; cancelling the Future ends it, and then there is "
    "no\n"
    "file. With `now` it is taken at the next safe point of JavaScript that runs, which goes on then; its "
    "timeout and\n"
    "CPU time stand meanwhile. What was cancelled late ends all the same. V8 takes memory outside the "
    "isolate for it, up to fifteen times what a heap of "
    "small objects "
    "holds.\n"
    "Shows all that is in the isolate, secrets included. Raises OSError; in the Future RuntimeError if it "
    "can't be written, DisposedError.\n"
    "Any thread. Not in isolated-vm."};
constexpr Signature kSnapshotSync{"Isolate.heap_snapshot_sync", "path=None",
                                  "heap_snapshot, waiting for it. Blocks while the isolate is busy."};
constexpr Signature kSpaces{
    "Isolate.get_heap_space_statistics", "*, now=False",
    "The spaces of V8's heap: a Future of a list of dicts, as Node's v8.getHeapSpaceStatistics(). Sizes in "
    "bytes.\n"
    "With `now` as get_heap_statistics. Any thread. Not in isolated-vm."};
constexpr Signature kSpacesSync{
    "Isolate.get_heap_space_statistics_sync", "",
    "get_heap_space_statistics, waiting for it. Blocks while the isolate is busy."};

}  // namespace

void bind_profiles(py::module_& module) {
  py::object isolate = module.attr("Isolate");
  add_method<kStart, start_cpu_profiler>(isolate);
  add_method<kStop, stop_cpu_profiler>(isolate);
  add_method<kStopSync, stop_cpu_profiler_sync>(isolate);
  add_method<kSnapshot, heap_snapshot>(isolate);
  add_method<kSnapshotSync, heap_snapshot_sync>(isolate);
  add_method<kSpaces, get_heap_space_statistics>(isolate);
  add_method<kSpacesSync, get_heap_space_statistics_sync>(isolate);
}

}  // namespace isolates::bind
