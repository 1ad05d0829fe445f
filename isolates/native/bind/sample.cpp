#include "bind/sample.h"

#include "bind/arguments.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "engine/sample.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::Sample;
using engine::SampleState;

[[noreturn]] void refuse(const std::string& name, const char* wanted, const py::handle& given) {
  auto type = py::type::of(given).attr("__name__").cast<std::string>();
  throw py::type_error("`sample` requires `" + name + "` to be " + wanted + ", not " + type);
}

std::vector<std::shared_ptr<engine::Isolate>> read_isolates(const py::handle& given) {
  if (!py::isinstance<py::iterable>(given)) refuse("isolates", "an iterable of Isolates", given);
  std::vector<std::shared_ptr<engine::Isolate>> isolates;
  for (py::handle item : py::iter(given)) {
    if (!py::isinstance<IsolateObject>(item))
      refuse("isolates[" + std::to_string(isolates.size()) + "]", "an Isolate", item);
    isolates.push_back(self_as<IsolateObject>(item.ptr()).isolate);
  }
  return isolates;
}

const char* to_text(SampleState state) {
  switch (state) {
    case SampleState::kQueued:
      return "queued";
    case SampleState::kRunning:
      return "running";
    case SampleState::kWaiting:
      return "waiting";
    case SampleState::kDisposed:
      return "disposed";
    default:
      return "idle";
  }
}

/// In the order of isolates.Sample.
py::tuple to_tuple(const Sample& sample) {
  auto& v8 = sample.heap.v8;
  return py::make_tuple(to_text(sample.state), static_cast<double>(sample.heap_age_ns) / 1e9,
                        v8.used_heap_size, v8.total_heap_size, v8.heap_size_limit,
                        sample.heap.externally_allocated_size, v8.malloced_memory, v8.total_physical_size,
                        v8.number_of_native_contexts, sample.memory_limit_bytes, sample.wall_time_ns,
                        sample.cpu_time_ns, sample.reference_count);
}

py::list sample(const py::handle& given) {
  refuse_forked_child();
  auto isolates = read_isolates(given);
  std::vector<Sample> samples;
  samples.reserve(isolates.size());
  {
    ReleaseGil unlocked;
    for (auto& isolate : isolates) samples.push_back(isolate->sample());
    isolates.clear();
  }
  py::list result(samples.size());
  for (size_t index = 0; index < samples.size(); ++index) result[index] = to_tuple(samples[index]);
  return result;
}

}  // namespace

void bind_sample(py::module_& module) {
  module.def("_sample", sample, py::arg("isolates"), "isolates.sample, as plain tuples.");
}

}  // namespace isolates::bind
