#include "bind/nested_options.h"

#include <string>

#include "bind/errors.h"
#include "bind/handles.h"
#include "bind/values.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using How = engine::Crossing::How;

[[noreturn]] void refuse_several_ways() {
  raise({engine::Fault::kTransfer, "Only one of `copy`, `externalCopy`, or `reference` may be set", {}});
}

struct NestedOptions {
  bool copy = false, external_copy = false, reference = false, promise = false;
};

/// A dict of the flags that `NestedOptions` names. `promise` is for results alone.
NestedOptions read_options(const Arguments& arguments, const char* name, bool is_result) {
  NestedOptions options;
  PyObject* given = arguments.get(name);
  if (!given || given == Py_None) return options;
  if (!PyDict_Check(given)) arguments.refuse_type(name, "a dict or None", given);
  for (auto& [key, value] : py::reinterpret_borrow<py::dict>(given)) {
    bool* flag = nullptr;
    auto is = [key = key](const char* text) {
      return PyUnicode_Check(key.ptr()) && PyUnicode_CompareWithASCIIString(key.ptr(), text) == 0;
    };
    if (is("copy")) flag = &options.copy;
    if (is("external_copy")) flag = &options.external_copy;
    if (is("reference")) flag = &options.reference;
    if (is("promise") && is_result) flag = &options.promise;
    std::string path = std::string(name) + "[" + py::repr(key).cast<std::string>() + "]";
    if (!flag) throw py::type_error(std::string("`") + arguments.method() + "` has no option `" + path + "`");
    if (!PyBool_Check(value.ptr())) arguments.refuse_type(path.c_str(), "a bool", value.ptr());
    *flag = value.ptr() == Py_True;
  }
  if (options.copy + options.external_copy + options.reference > 1) refuse_several_ways();
  return options;
}

How way(const NestedOptions& options) {
  if (options.copy) return How::kCopy;
  if (options.external_copy) return How::kExternalCopy;
  return options.reference ? How::kReference : How::kTransfer;
}

}  // namespace

engine::Crossing result_crossing(const Arguments& arguments, engine::Crossing::Fallback fallback) {
  auto crossing = arguments.crossing(fallback);
  auto nested = read_options(arguments, "result", true);
  crossing.promise |= nested.promise;
  How how = way(nested);
  if (how == How::kTransfer) return crossing;
  if (crossing.how != How::kTransfer && crossing.how != how) refuse_several_ways();
  crossing.how = how;
  return crossing;
}

std::vector<engine::Value> argument_values(const Arguments& arguments) {
  How how = way(read_options(arguments, "arguments", false));
  PyObject* given = arguments.list_or_tuple("args");
  // Copies are what Python's values cross as anyway.
  if (!given || how == How::kTransfer || how == How::kCopy) return to_values(given);
  py::object type =
      how == How::kReference ? py::type::of<ReferenceObject>() : py::type::of<ExternalCopyObject>();
  py::list wrapped;
  for (py::handle item : arguments.sequence("args")) wrapped.append(type(item));
  return to_values(wrapped);
}

}  // namespace isolates::bind
