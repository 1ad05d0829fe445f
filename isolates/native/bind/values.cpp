#include "bind/values.h"

#include <cmath>

#include "bind/clone_reader.h"
#include "bind/clone_scalars.h"
#include "bind/clone_writer.h"
#include "bind/errors.h"
#include "bind/handles.h"
#include "bind/memory_export.h"
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

/// Of an int that is small enough.
std::optional<double> exact_double_of(PyObject* number) {
  int overflow = 0;
  long long small = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow != 0 || small < -kMaxExactInteger || small > kMaxExactInteger) return std::nullopt;
  return static_cast<double>(small);
}

engine::Value of_int(py::handle object) {
  if (auto small = exact_double_of(object.ptr())) return *small;
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

/// What becomes of a copy's buffers. A result is read once, but perhaps by several threads that ask for it at
/// the same time: then the first one's object stays.
enum class Read { kResult, kTakeOver, kCopy };

/// The buffers of a copy while it is read: taken over, or looked at and then let go.
class ReadBuffers {
 public:
  ReadBuffers(engine::CopiedBuffers& buffers, Read how) : buffers_(buffers), is_taken_(how != Read::kCopy) {
    if (!is_taken_ || !buffers.has_any()) return;
    auto taken = how == Read::kResult ? buffers.keep() : buffers.take();
    if (auto* failure = std::get_if<engine::Failure>(&taken)) raise(*failure);
    stores_ = std::get<std::vector<engine::BackingStore>>(std::move(taken));
  }
  ~ReadBuffers() {
    for (; exports_ > 0; --exports_) buffers_.end_export();
  }
  ReadBuffers(const ReadBuffers&) = delete;
  ReadBuffers& operator=(const ReadBuffers&) = delete;

  CloneMemory at(uint32_t index) {
    if (is_taken_) {
      if (index >= stores_.size()) throw py::index_error("The copy is not readable");
      const engine::BackingStore& store = stores_[index];
      return {store.data(), store.length(), owner_of(store)};
    }
    auto looked_at = buffers_.begin_export(index);
    if (auto* failure = std::get_if<engine::Failure>(&looked_at)) raise(*failure);
    ++exports_;
    auto& store = std::get<engine::BackingStore>(looked_at);
    return {store.data(), store.length(), {}};
  }

 private:
  engine::CopiedBuffers& buffers_;
  const bool is_taken_;
  std::vector<engine::BackingStore> stores_;
  size_t exports_ = 0;
};

py::object read_copy(const engine::Copy& copy, Read how) {
  ReadBuffers buffers(copy.array_buffers(), how);
  CloneTables tables;
  tables.transferred_array_buffer = [&](uint32_t index) { return buffers.at(index); };
  tables.shared_array_buffer = [&](uint32_t index) {
    if (index >= copy.shared_array_buffers().size()) throw py::index_error("The copy is not readable");
    return make_shared_array_buffer(copy.shared_array_buffers()[index]);
  };
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

constexpr size_t kLargeBufferBytes = 16 << 10;  // below this the bytes are as fast

engine::Value write_copy(py::handle object, BuffersApart apart, Py_ssize_t index) {
  CloneSink sink;
  if (index >= 0) sink.root = "args[" + std::to_string(index) + "]";
  engine::CopyTables tables;
  auto& host_objects = tables.host_objects;
  sink.array_buffer = [&](size_t size) -> std::optional<CloneSpace> {
    if (apart == BuffersApart::kLarge && size < kLargeBufferBytes) return std::nullopt;
    auto store = engine::BackingStore::allocate(size, v8abi::kNotShared);
    if (!store) {
      PyErr_NoMemory();
      throw py::error_already_set();
    }
    tables.array_buffers.push_back(std::move(store));
    return CloneSpace{static_cast<uint32_t>(tables.array_buffers.size() - 1),
                      tables.array_buffers.back().data()};
  };
  sink.shared_array_buffer = [&](py::handle value) -> std::optional<uint32_t> {
    auto store = shared_array_buffer_of(value);
    if (!store) return std::nullopt;
    tables.shared_array_buffers.push_back(std::move(*store));
    return static_cast<uint32_t>(tables.shared_array_buffers.size() - 1);
  };
  sink.host_object = [&](py::handle value) -> std::optional<uint32_t> {
    auto host = to_transferable(value);
    if (!host) return std::nullopt;
    host_objects.push_back(std::move(*host));
    return static_cast<uint32_t>(host_objects.size() - 1);
  };
  write_clone(object, sink);
  return engine::Copy::of_bytes(std::move(sink.bytes), std::move(tables));
}

struct ToPython {
  py::object operator()(engine::Undefined) const { return undefined_object(); }
  py::object operator()(engine::Null) const { return py::none(); }
  py::object operator()(bool value) const { return py::bool_(value); }
  py::object operator()(double value) const { return number_object(value); }
  py::object operator()(const engine::Text& text) const { return to_str(text); }
  py::object operator()(const engine::BigInt& big) const { return to_int(big); }
  py::object operator()(const std::shared_ptr<const engine::Copy>& copy) const {
    return read_copy(*copy, Read::kResult);
  }
  py::object operator()(const engine::CopyInto& it) const {
    using SharedText = std::shared_ptr<const engine::SharedText>;
    if (auto* text = std::get_if<SharedText>(&it.copy->content())) return to_str((*text)->view());
    auto how = it.transfer_in ? Read::kTakeOver : Read::kCopy;
    if (const engine::Copy* copy = it.copy->copy()) return read_copy(*copy, how);
    return to_python(std::get<engine::Value>(it.copy->content()));
  }
  py::object operator()(const engine::SharedTransferable& it) const { return to_object(it); }
  py::object operator()(const engine::Dereference& it) const { return to_object(it); }
};

/// Those whose conversion makes no objects, so that not even a collection runs code.
bool is_of_plain_values(PyObject* list) {
  for (Py_ssize_t index = 0; index < PyList_GET_SIZE(list); ++index) {
    PyObject* it = PyList_GET_ITEM(list, index);
    bool is_plain = it == Py_None || PyBool_Check(it) || PyUnicode_CheckExact(it) || PyFloat_CheckExact(it) ||
                    (PyLong_CheckExact(it) && exact_double_of(it));
    if (!is_plain) return false;
  }
  return true;
}

}  // namespace

py::object to_python(const engine::Value& value) { return std::visit(ToPython{}, value); }

std::vector<engine::Value> to_values(py::handle objects) {
  std::vector<engine::Value> values;
  if (!objects) return values;
  // Of a list a copy: converting an item may run code that changes it.
  bool is_copied = PyList_Check(objects.ptr()) && !is_of_plain_values(objects.ptr());
  auto items = is_copied ? py::reinterpret_steal<py::object>(PyList_AsTuple(objects.ptr()))
                         : py::reinterpret_borrow<py::object>(objects);
  if (!items) throw py::error_already_set();
  Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
  values.reserve(static_cast<size_t>(count));
  for (Py_ssize_t index = 0; index < count; ++index) {
    values.push_back(to_value(PySequence_Fast_GET_ITEM(items.ptr(), index), BuffersApart::kLarge, index));
  }
  return values;
}

engine::Value to_value(py::handle object, BuffersApart apart, Py_ssize_t index) {
  PyObject* it = object.ptr();
  if (it == Py_None) return engine::Null{};
  if (it == Py_True) return true;
  if (it == Py_False) return false;
  if (PyUnicode_CheckExact(it)) return to_text(object);
  if (PyLong_CheckExact(it)) return of_int(object);
  if (PyFloat_CheckExact(it)) return PyFloat_AS_DOUBLE(it);
  if (object.is(undefined_object())) return engine::Undefined{};
  if (auto host = to_transferable(object)) return std::move(*host);
  return write_copy(object, apart, index);
}

}  // namespace isolates::bind
