// What a heap's memory went to: the sampling profiler (methods of Isolate), and classes (for the package).
#include "bind/heap_profiles.h"

#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "engine/heap_classes.h"
#include "engine/heap_sampling.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr int kLargestInterval = 1 << 30;
constexpr int kDeepestStack = 200;  // JSON of it has two levels for each, and readers don't take many

// --- Sampling ---

int read_int(const Arguments& arguments, const char* name, int most, const char* range, int otherwise) {
  PyObject* given = arguments.get(name);
  if (!given) return otherwise;
  if (!PyLong_Check(given) || PyBool_Check(given)) arguments.refuse_type(name, "an int", given);
  int overflow = 0;
  long long number = PyLong_AsLongLongAndOverflow(given, &overflow);
  if (overflow != 0 || number < 1 || number > most) arguments.refuse_value(name, range, given);
  return static_cast<int>(number);
}

template <Form form>
py::object start_heap_sampling(PyObject* self, const Arguments& arguments) {
  engine::HeapSamplingOptions options;
  options.interval_bytes =
      static_cast<uint64_t>(read_int(arguments, "sampling_interval", kLargestInterval,
                                     "an int from 1 to 2^30", static_cast<int>(options.interval_bytes)));
  options.stack_depth =
      read_int(arguments, "stack_depth", kDeepestStack, "an int from 1 to 200", options.stack_depth);
  options.include_collected = arguments.flag("include_collected");
  try {
    ReleaseGil unlocked;
    engine::check_heap_sampling();
  } catch (const engine::Failure& failure) {
    return fail(form, failure);
  }
  return call(form, self_as<IsolateObject>(self).isolate,
              std::make_unique<engine::StartHeapSamplingOperation>(options), {});
}

py::dict to_node(const engine::AllocationProfile::Node& node) {
  py::dict frame, result;
  frame["functionName"] = to_str(node.function);
  frame["scriptId"] = py::str(std::to_string(node.script_id));
  frame["url"] = to_str(node.url);
  frame["lineNumber"] = node.line;
  frame["columnNumber"] = node.column;
  result["callFrame"] = std::move(frame);
  result["selfSize"] = node.bytes;
  result["id"] = node.id;
  result["children"] = py::list();
  return result;
}

py::object to_heap_profile(const engine::Object& object) {
  auto profile = std::static_pointer_cast<engine::AllocationProfile>(object);
  std::vector<py::dict> nodes;
  for (auto& node : profile->nodes) {
    nodes.push_back(to_node(node));
    if (nodes.size() > 1) py::list(nodes[node.parent]["children"]).append(nodes.back());
  }
  py::list samples;
  for (auto& sample : profile->samples) {
    py::dict entry;
    entry["size"] = sample.bytes;
    entry["nodeId"] = sample.node_id;
    entry["ordinal"] = sample.ordinal;
    samples.append(std::move(entry));
  }
  py::dict result;
  result["head"] = nodes.at(0);
  result["samples"] = std::move(samples);
  return result;
}

template <Form form>
py::object stop_heap_sampling(PyObject* self, const Arguments&) {
  return call(form, self_as<IsolateObject>(self).isolate,
              std::make_unique<engine::StopHeapSamplingOperation>(), {}, to_heap_profile);
}

constexpr char kStartParameters[] = "*, sampling_interval=32768, stack_depth=64, include_collected=False";

constexpr Signature kStart{
    "Isolate.start_heap_sampling", kStartParameters,
    "Begins to note which functions allocate, one sample in `sampling_interval` bytes (1 to 2^30) on "
    "average:\n"
    "cheap enough for long times. Each sample has up to `stack_depth` (1 to 200) callers.\n\n"
    "Of what is collected before the end nothing remains, so that the profile shows what was kept; with\n"
    "`include_collected` it shows all that was allocated, and V8 remembers each sample until the end.\n"
    "What lies outside the heap, such as the bytes of large ArrayBuffers, is not seen. Returns a Future.\n"
    "Raises (in it) RuntimeError if the heap is being sampled already, by an inspector session perhaps;\n"
    "DisposedError. Any thread. Not in isolated-vm."};
constexpr Signature kStartSync{
    "Isolate.start_heap_sampling_sync", kStartParameters,
    "start_heap_sampling, waiting for it. Blocks while the isolate is busy; the GIL is released."};
constexpr Signature kStop{
    "Isolate.stop_heap_sampling", "",
    "Ends what start_heap_sampling has begun; a Future of the profile, as a dict that json.dump writes as a\n"
    ".heapprofile file, which Chrome DevTools opens.\n\n"
    "\"head\" is the tree of calls, with \"selfSize\" for what a function has allocated itself; \"samples\" "
    "has\n"
    "them in their order (\"ordinal\"). Sizes are in bytes, scaled up from the samples. Collects garbage "
    "first,\n"
    "unless with `include_collected`. Raises (in the Future) RuntimeError if the heap is not being sampled;\n"
    "DisposedError. Any thread. Not in isolated-vm."};
constexpr Signature kStopSync{
    "Isolate.stop_heap_sampling_sync", "",
    "stop_heap_sampling, waiting for it. Blocks while the isolate is busy; the GIL is released."};

// --- Classes ---

py::object to_classes(const engine::Object& object) {
  py::list result;
  for (auto& entry : *std::static_pointer_cast<std::vector<engine::HeapClass>>(object))
    result.append(py::make_tuple(to_str(entry.name), entry.count, entry.bytes));
  return result;
}

py::object track_heap(const IsolateObject& isolate) {
  return call(Form::kAsync, isolate.isolate, std::make_unique<engine::TrackHeapOperation>(), {});
}

py::object heap_classes(const IsolateObject& isolate, uint32_t since_id) {
  return call(Form::kAsync, isolate.isolate, std::make_unique<engine::HeapClassesOperation>(since_id), {},
              to_classes);
}

}  // namespace

void bind_heap_profiles(py::module_& module) {
  py::object isolate = module.attr("Isolate");
  add_method<kStart, start_heap_sampling<Form::kAsync>>(isolate);
  add_method<kStartSync, start_heap_sampling<Form::kSync>>(isolate);
  add_method<kStop, stop_heap_sampling<Form::kAsync>>(isolate);
  add_method<kStopSync, stop_heap_sampling<Form::kSync>>(isolate);
  module.def("_track_heap", track_heap, py::arg("isolate"),
             "Collects garbage and numbers what is alive; a Future of the last number. Until _heap_classes "
             "collections take\nlonger.");
  module.def(
      "_heap_classes", heap_classes, py::arg("isolate"), py::arg("since_id"),
      "What was allocated since a number of _track_heap (0: ever) and is still alive, after a "
      "collection: a Future of\n(class, count, bytes), the largest first. Classes without a constructor "
      "are in parentheses; bytes are an\nobject's own, those of buffers included. Ends the numbering. It is "
      "a heap snapshot for V8, "
      "with the memory that Isolate.heap_snapshot\ntakes.");
}

}  // namespace isolates::bind
