#include "bind/clone_path.h"

#include <pybind11/gil_safe_call_once.h>

#include "bind/clone_wire.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> transfer_error_store;

constexpr size_t kMaxReprLength = 40;

}  // namespace

void throw_transfer_error(const std::string& message) {
  const py::object& type = transfer_error_store
                               .call_once_and_store_result([]() -> py::object {
                                 return py::module_::import("isolates.errors").attr("TransferError");
                               })
                               .get_stored();
  py::set_error(type, message.c_str());
  throw py::error_already_set();
}

void append_index(std::string& path, size_t index) { path += "[" + std::to_string(index) + "]"; }

void append_key(std::string& path, py::handle key) {
  if (PyUnicode_Check(key.ptr()) && PyUnicode_IsIdentifier(key.ptr()) == 1) {
    path += "." + py::cast<std::string>(key);
  } else {
    path += "[" + short_repr(key) + "]";
  }
}

std::string type_name(py::handle value) {
  py::handle type = py::type::handle_of(value);
  auto name = py::cast<std::string>(type.attr("__qualname__"));
  auto module_name = py::str(type.attr("__module__")).cast<std::string>();
  return module_name == "builtins" ? name : module_name + "." + name;
}

std::string short_repr(py::handle value) {
  try {
    // ascii() also makes lone surrogates printable.
    auto ascii = py::reinterpret_steal<py::object>(PyObject_ASCII(value.ptr()));
    if (!ascii) throw py::error_already_set();
    auto text = py::cast<std::string>(ascii);
    return text.size() <= kMaxReprLength ? text : text.substr(0, kMaxReprLength - 3) + "...";
  } catch (py::error_already_set&) {
    return "<" + type_name(value) + ">";
  }
}

}  // namespace isolates::bind
