#include "engine/references.h"

#include <algorithm>

#include "bind/arguments.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/references.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr const char* kKinds[] = {"Reference", "Callback", "Context", "Script", "Module"};
constexpr char kHost[] = "Python";

py::object references(PyObject* self, const Arguments&) {
  std::vector<engine::ReferenceGroup> groups;
  {
    auto isolate = self_as<IsolateObject>(self).isolate;
    ReleaseGil unlocked;
    groups = engine::references_of(*isolate);
    isolate.reset();
  }
  py::object make = py::module_::import("isolates.references").attr("ReferenceGroup");
  py::list result;
  for (auto& group : groups) {
    py::object holder = py::str(kHost);
    if (group.holder) holder = py::cast(IsolateObject{std::move(group.holder)});
    result.append(make(group.kind, group.type, std::move(holder), group.count));
  }
  return result;
}

std::optional<std::string> read_name(const Arguments& arguments, const char* name) {
  PyObject* given = arguments.get(name);
  if (!given || given == Py_None) return std::nullopt;
  if (!PyUnicode_Check(given)) arguments.refuse_type(name, "a str or None", given);
  const char* text = PyUnicode_AsUTF8(given);
  if (text) return text;
  PyErr_Clear();  // lone surrogates: no name of ours
  return std::string();
}

std::optional<std::string> read_kind(const Arguments& arguments) {
  auto kind = read_name(arguments, "kind");
  if (kind && std::find(std::begin(kKinds), std::end(kKinds), *kind) == std::end(kKinds)) {
    arguments.refuse_value("kind", "'Reference', 'Callback', 'Context', 'Script' or 'Module'",
                           arguments.get("kind"));
  }
  return kind;
}

std::optional<std::shared_ptr<engine::Isolate>> read_holder(const Arguments& arguments) {
  PyObject* given = arguments.get("holder");
  if (!given || given == Py_None) return std::nullopt;
  if (py::isinstance<IsolateObject>(given)) return self_as<IsolateObject>(given).isolate;
  constexpr char kWanted[] = "'Python', an Isolate or None";
  if (!PyUnicode_Check(given)) arguments.refuse_type("holder", kWanted, given);
  if (PyUnicode_CompareWithASCIIString(given, kHost) != 0) arguments.refuse_value("holder", kWanted, given);
  return nullptr;
}

py::object release_references(PyObject* self, const Arguments& arguments) {
  auto isolate = self_as<IsolateObject>(self).isolate;
  auto filter =
      engine::ReferenceFilter{read_kind(arguments), read_name(arguments, "type"), read_holder(arguments)};
  auto released = engine::release_references(*isolate, filter);
  {
    ReleaseGil unlocked;
    released.taken.clear();
    filter.holder.reset();
    isolate.reset();
  }
  return py::int_(released.count);
}

constexpr Signature kReferences{
    "Isolate.references", "",
    "Which handles exist outside to values inside: a list of ReferenceGroup (kind, type, holder, count).\n\n"
    "`kind` is 'Reference', 'Callback', 'Context', 'Script', 'Module', or 'Internal' for what calls under "
    "way "
    "and this\npackage's own machinery hold. `type` is JavaScript's typeof for References and Callbacks, "
    "else "
    "''. `holder` is\n'Python', or the Isolate whose JavaScript holds them (perhaps this one). The counts "
    "add up "
    "to\n`reference_count`: a value that several hold is counted once, for Python if that is among them. "
    "Does not "
    "wait for\nwhat runs. Any thread. Not in isolated-vm."};
constexpr Signature kReleaseReferences{
    "Isolate.release_references", "kind=None, type=None, holder=None",
    "Releases the handles of all groups of `references` that have this `kind`, `type` and `holder` (None: "
    "any), "
    "as their\nown release() does; how many values that lets go of.\n\n"
    "Whoever has such a handle then gets a ReleasedError when it is used, also a function that came from a "
    "Callback.\nCalls under way keep what they use until they end; 'Internal' ones stay. The memory is free "
    "after a collection.\nDoes not wait for what runs, neither here nor in isolates that hold them. Raises "
    "ValueError for another `kind` or\n`holder`. Any thread. Not in isolated-vm."};

}  // namespace

void add_reference_methods(py::object& type) {
  add_method<kReferences, references>(type);
  add_method<kReleaseReferences, release_references>(type);
}

void bind_references(py::module_& module) {
  module.def(
      "_keep_reference", [](ReferenceObject& reference) { reference.reference.keep(); }, py::arg("reference"),
      "Its value is 'Internal' in Isolate.references from now on, and is not released with others.");
}

}  // namespace isolates::bind
