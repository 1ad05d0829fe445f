#include "bind/values.h"

#include <cmath>

#include "bind/clone_reader.h"
#include "bind/clone_scalars.h"
#include "bind/clone_writer.h"
#include "bind/errors.h"
#include "bind/handles.h"
#include "bind/text.h"
#include "bind/undefined.h"
#include "engine/copy.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

py::object to_int(const engine::BigInt& big) {
  if (big.words.empty()) return py::int_(0);
  auto bytes =
      py::bytes(reinterpret_cast<const char*>(big.words.data()), big.words.size() * sizeof(uint64_t));
  auto magnitude = py::type::of(py::int_(0)).attr("from_bytes")(bytes, "little");
  return big.negative ? -magnitude : py::object(magnitude);
}

engine::Value of_int(py::handle object) {
  int overflow = 0;
  long long small = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow == 0 && small >= -kMaxExactInteger && small <= kMaxExactInteger)
    return static_cast<double>(small);
  engine::BigInt big;
  auto exact = py::reinterpret_steal<py::object>(PyNumber_Long(object.ptr()));
  big.negative = py::int_(0).attr("__gt__")(exact).cast<bool>();
  auto magnitude = py::reinterpret_steal<py::object>(PyNumber_Absolute(exact.ptr()));
  auto words = (magnitude.attr("bit_length")().cast<size_t>() + 63) / 64;
  big.words.resize(words);
  auto bytes = magnitude.attr("to_bytes")(words * sizeof(uint64_t), "little").cast<std::string>();
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(big.words.data()));
  return big;
}

py::object read_copy(const engine::Copy& copy) {
  CloneTables tables;
  tables.host_object = [&](uint32_t index) {
    if (index >= copy.host_objects().size()) throw py::index_error("The copy is not readable");
    return to_python(copy.host_objects()[index]);
  };
  tables.make_error = [](const CloneErrorParts& parts) {
    py::object error = error_class(parts.name == std::string("Error")
                                       ? "JSError"
                                       : ("JS" + std::string(parts.name)).c_str())(parts.message);
    error.attr("name") = parts.name;
    error.attr("stack") = parts.stack;
    return error;
  };
  return read_clone(copy.data(), copy.size(), tables);
}

engine::Value write_copy(py::handle object) {
  CloneSink sink;
  std::vector<engine::Value> host_objects;
  sink.host_object = [&](py::handle value) -> std::optional<uint32_t> {
    auto host = to_transferable(value);
    if (!host) return std::nullopt;
    host_objects.push_back(std::move(*host));
    return static_cast<uint32_t>(host_objects.size() - 1);
  };
  write_clone(object, sink);
  return engine::Copy::of_bytes(std::move(sink.bytes), std::move(host_objects));
}

struct ToPython {
  py::object operator()(engine::Undefined) const { return undefined_object(); }
  py::object operator()(engine::Null) const { return py::none(); }
  py::object operator()(bool value) const { return py::bool_(value); }
  py::object operator()(double value) const { return number_object(value); }
  py::object operator()(const engine::Text& text) const { return to_str(text); }
  py::object operator()(const engine::BigInt& big) const { return to_int(big); }
  py::object operator()(const std::shared_ptr<const engine::Copy>& copy) const { return read_copy(*copy); }
  py::object operator()(const engine::SharedTransferable& it) const { return to_object(it); }
  py::object operator()(const engine::Dereference& it) const { return to_object(it); }
};

}  // namespace

py::object to_python(const engine::Value& value) { return std::visit(ToPython{}, value); }

std::vector<engine::Value> to_values(const py::tuple& objects) {
  std::vector<engine::Value> values;
  values.reserve(objects.size());
  for (py::handle object : objects) values.push_back(to_value(object));
  return values;
}

engine::Value to_value(py::handle object) {
  PyObject* it = object.ptr();
  if (it == Py_None) return engine::Null{};
  if (it == Py_True) return true;
  if (it == Py_False) return false;
  if (PyUnicode_CheckExact(it)) return to_text(object);
  if (PyLong_CheckExact(it)) return of_int(object);
  if (PyFloat_CheckExact(it)) return PyFloat_AS_DOUBLE(it);
  if (object.is(undefined_object())) return engine::Undefined{};
  if (auto host = to_transferable(object)) return std::move(*host);
  return write_copy(object);
}

}  // namespace isolates::bind
