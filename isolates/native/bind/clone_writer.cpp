#include "bind/clone_writer.h"

#include <pybind11/gil_safe_call_once.h>

#include <cstring>
#include <optional>
#include <string>

#include "bind/clone_advice.h"
#include "bind/clone_buffers.h"
#include "bind/clone_errors.h"
#include "bind/clone_identity.h"
#include "bind/clone_path.h"
#include "bind/clone_scalars.h"
#include "bind/clone_text.h"
#include "bind/clone_wire.h"
#include "bind/undefined.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

// V8 reads recursively: 1065 objects in each other are the end of 400 KB of stack. Also Python's own limit.
constexpr size_t kMaxDepth = 1000;

// A container whose items are being written: items_[begin] to items_[end - 1]. They are copied when it is
// opened, as code that runs in between (repr, hooks, other threads) may change the container.
struct Frame {
  enum class Kind { kArray, kObject, kMap, kSet, kError };
  Kind kind;
  size_t begin;
  size_t end;
  size_t next;
};

// An array of several dimensions whose rows are being written: all views of one ArrayBuffer.
struct Rows {
  const BufferSource& source;
  std::optional<uint32_t> memory_id;
  size_t first_item = 0;
};

class CloneWriter {
 public:
  explicit CloneWriter(CloneSink& sink) : sink_(sink), out_(sink.bytes) {}

  void write(py::handle value);

 private:
  void write_value(py::handle value);
  bool write_scalar(py::handle value);
  bool write_container(py::handle value);
  bool write_by_sink(py::handle value);
  void write_other(py::handle value);
  void write_date(py::handle value);
  void write_enum_member(py::handle member);
  void write_numpy_scalar(py::handle scalar);
  void write_exporter(py::handle exporter);
  void write_rows(Rows& rows, size_t dimension);
  void write_text_value(py::handle text);

  void open_sequence(py::handle sequence);
  void open_dict(py::handle dict);
  void open_set(py::handle set);
  void open_error(py::handle exception);
  void push(Frame::Kind kind, size_t begin);
  void close(const Frame& frame);

  bool write_reference(py::handle value);
  void add_entry(py::handle value);
  std::string path() const;
  [[noreturn]] void refuse(const std::string& why) const { throw_transfer_error(path() + " " + why); }

  CloneSink& sink_;
  WireWriter out_;
  py::object undefined_ = undefined_object();
  std::vector<Frame> frames_;
  std::vector<py::object> items_;
  IdentityMap ids_;
  uint32_t next_id_ = 0;
};

PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> enum_store;

bool is_enum_member(py::handle value) {
  const py::object& type =
      enum_store
          .call_once_and_store_result([]() -> py::object { return py::module_::import("enum").attr("Enum"); })
          .get_stored();
  return py::isinstance(value, type);
}

// Whether it is of that class. Does not import the module: without it there is nothing of its.
bool is_of(py::handle value, const char* module_name, const char* class_name) {
  PyObject* module = PyDict_GetItemString(PyImport_GetModuleDict(), module_name);
  if (module == nullptr || !PyModule_Check(module)) return false;
  py::object type = py::getattr(module, class_name, py::none());
  return PyType_Check(type.ptr()) && py::isinstance(value, type);
}

bool is_numpy_scalar(py::handle value) {
  if (is_of(value, "numpy", "generic")) return true;
  return is_of(value, "numpy", "ndarray") && py::cast<py::ssize_t>(value.attr("ndim")) == 0;
}

[[noreturn]] void throw_too_deep() {
  py::set_error(PyExc_RecursionError, "the value is nested more than 1000 levels deep");
  throw py::error_already_set();
}

void CloneWriter::write(py::handle value) {
  out_.write_byte(kVersionTag);
  out_.write_varint(kWireVersion);
  write_value(value);
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.next != frame.end) {
      // A handle: the reference in items_ stays until the frame is closed.
      write_value(py::handle(items_[frame.next++]));
      continue;
    }
    Frame done = frame;
    frames_.pop_back();
    close(done);
  }
}

void CloneWriter::write_value(py::handle value) {
  if (write_scalar(value) || write_reference(value) || write_container(value)) return;
  if (!write_by_sink(value)) write_other(value);
}

bool CloneWriter::write_scalar(py::handle value) {
  PyObject* object = value.ptr();
  if (PyUnicode_Check(object)) {
    write_text_value(value);
  } else if (object == Py_None) {
    out_.write_tag(Tag::kNull);
  } else if (PyBool_Check(object)) {
    out_.write_tag(object == Py_True ? Tag::kTrue : Tag::kFalse);
  } else if (PyLong_Check(object)) {
    if (!write_int(value, out_)) refuse("is an int of more than 2^30 bits, V8's limit");
  } else if (PyFloat_Check(object)) {
    out_.write_tag(Tag::kDouble);
    out_.write_double(PyFloat_AS_DOUBLE(object));
  } else if (object == undefined_.ptr()) {
    out_.write_tag(Tag::kUndefined);
  } else {
    return false;
  }
  return true;
}

bool CloneWriter::write_container(py::handle value) {
  PyObject* object = value.ptr();
  if (PyDict_Check(object)) {
    open_dict(value);
  } else if (PyList_Check(object) || PyTuple_Check(object)) {
    open_sequence(value);
  } else if (PyAnySet_Check(object)) {
    open_set(value);
  } else if (PyBytes_Check(object)) {
    write_exporter(value);
  } else {
    return false;
  }
  return true;
}

bool CloneWriter::write_by_sink(py::handle value) {
  std::optional<uint32_t> index;
  if (sink_.host_object) index = sink_.host_object(value);
  Tag tag = Tag::kHostObject;
  if (!index && sink_.shared_array_buffer) {
    index = sink_.shared_array_buffer(value);
    tag = Tag::kSharedArrayBuffer;
  }
  if (!index) return false;
  add_entry(value);
  out_.write_tag(tag);
  out_.write_varint(*index);
  return true;
}

void CloneWriter::write_other(py::handle value) {
  if (is_datetime(value)) return write_date(value);
  if (PyExceptionInstance_Check(value.ptr())) return open_error(value);
  if (is_enum_member(value)) return write_enum_member(value);
  if (is_numpy_scalar(value)) return write_numpy_scalar(value);
  if (PyObject_CheckBuffer(value.ptr())) return write_exporter(value);
  refuse("is of type " + type_name(value) + ", which can't cross to JavaScript" + advice_for(value));
}

void CloneWriter::write_date(py::handle value) {
  double ms = 0;
  try {
    if (!datetime_to_ms(value, ms)) refuse("is a naive datetime; give it a timezone, such as timezone.utc");
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ValueError)) throw;
    refuse("is of type " + type_name(value) + ", which has no time");  // NaT of pandas
  }
  add_entry(value);
  out_.write_tag(Tag::kDate);
  out_.write_double(ms);
}

void CloneWriter::write_enum_member(py::handle member) {
  py::object value = member.attr("value");
  // One level, so that a member that calls itself its value ends here.
  if (is_enum_member(value)) refuse("is an enum's member whose value is another one");
  write_value(value);
}

// And arrays without a dimension.
void CloneWriter::write_numpy_scalar(py::handle scalar) {
  py::object dtype = scalar.attr("dtype");
  auto kind = py::cast<std::string>(dtype.attr("kind"));
  bool has_value = kind.size() == 1 && std::strchr("iufbU", kind[0]) != nullptr;
  // item() of a long double is the long double itself.
  if (has_value && !is_of(scalar, "numpy.ma", "MaskedArray") && write_scalar(scalar.attr("item")())) return;
  refuse("is of type " + type_name(scalar) + " and the dtype " + py::str(dtype).cast<std::string>() +
         ", which can't cross to JavaScript" + advice_for(scalar));
}

void CloneWriter::write_exporter(py::handle exporter) {
  if (is_of(exporter, "numpy.ma", "MaskedArray"))
    refuse("is a masked array, and JavaScript would see what is masked; filled() is an array without a mask");
  BufferSource source(exporter);
  if (!source.refusal().empty()) refuse("is of type " + type_name(exporter) + " and " + source.refusal());
  if (source.shape().size() > 1) {
    if (frames_.size() + source.shape().size() > kMaxDepth) throw_too_deep();
    ids_.add(exporter, next_id_);
    Rows rows{source, {}};
    return write_rows(rows, 0);
  }
  source.write_memory(out_, sink_);
  ++next_id_;  // the buffer's own; the one that a later reference names is the view's
  if (PyBytes_CheckExact(exporter.ptr()) && PyBytes_GET_SIZE(exporter.ptr()) == 0) {
    ++next_id_;
  } else {
    add_entry(exporter);
  }
  source.write_view(out_, 0, source.shape()[0]);
}

void CloneWriter::write_rows(Rows& rows, size_t dimension) {
  auto length = static_cast<uint32_t>(rows.source.shape()[dimension]);
  if (dimension + 1 < rows.source.shape().size()) {
    ++next_id_;
    out_.write_tag(Tag::kDenseArray);
    out_.write_varint(length);
    for (uint32_t i = 0; i < length; ++i) write_rows(rows, dimension + 1);
    out_.write_tag(Tag::kDenseArrayEnd);
    out_.write_varint(0);
    return out_.write_varint(length);
  }
  if (rows.memory_id) {
    out_.write_tag(Tag::kReference);
    out_.write_varint(*rows.memory_id);
  } else {
    rows.source.write_memory(out_, sink_);
    rows.memory_id = next_id_++;
  }
  ++next_id_;
  rows.source.write_view(out_, rows.first_item, length);
  rows.first_item += length;
}

void CloneWriter::write_text_value(py::handle text) {
  if (!write_text(text, out_))
    refuse("is a str longer than " + std::to_string(kMaxStringLength) + ", V8's limit");
}

void CloneWriter::open_sequence(py::handle sequence) {
  size_t begin = items_.size();
  PyObject* object = sequence.ptr();
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
    items_.push_back(py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(object, i)));
  }
  if (PyTuple_Check(object) && items_.size() == begin) {
    ++next_id_;
  } else {
    add_entry(sequence);
  }
  size_t length = items_.size() - begin;
  if (length > UINT32_MAX) refuse("has too many items for an Array");
  out_.write_tag(Tag::kDenseArray);
  out_.write_varint(static_cast<uint32_t>(length));
  push(Frame::Kind::kArray, begin);
}

void CloneWriter::open_dict(py::handle dict) {
  size_t begin = items_.size();
  if (PyDict_CheckExact(dict.ptr())) {
    Py_ssize_t position = 0;
    PyObject *key, *value;
    while (PyDict_Next(dict.ptr(), &position, &key, &value) != 0) {
      items_.push_back(py::reinterpret_borrow<py::object>(key));
      items_.push_back(py::reinterpret_borrow<py::object>(value));
    }
  } else {
    // OrderedDict has an order of its own, and other subclasses may too.
    for (py::handle item : dict.attr("items")()) {
      if (!PyTuple_Check(item.ptr()) || PyTuple_GET_SIZE(item.ptr()) != 2)
        refuse("has items() that are no pairs");
      items_.push_back(py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(item.ptr(), 0)));
      items_.push_back(py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(item.ptr(), 1)));
    }
  }
  bool is_object = true;
  for (size_t i = begin; i < items_.size() && is_object; i += 2) is_object = PyUnicode_Check(items_[i].ptr());
  add_entry(dict);
  out_.write_tag(is_object ? Tag::kObject : Tag::kMap);
  push(is_object ? Frame::Kind::kObject : Frame::Kind::kMap, begin);
}

void CloneWriter::open_set(py::handle set) {
  size_t begin = items_.size();
  for (py::handle item : set) items_.push_back(py::reinterpret_borrow<py::object>(item));
  if (PyFrozenSet_Check(set.ptr()) && items_.size() == begin) {
    ++next_id_;
  } else {
    add_entry(set);
  }
  out_.write_tag(Tag::kSet);
  push(Frame::Kind::kSet, begin);
}

void CloneWriter::open_error(py::handle exception) {
  add_entry(exception);
  bool fits = true;
  py::object cause = write_exception(exception, out_, fits);
  if (!fits)
    refuse("is an exception with a text longer than " + std::to_string(kMaxStringLength) + ", V8's limit");
  size_t begin = items_.size();
  if (cause) {
    out_.write_tag(ErrorTag::kCause);
    items_.push_back(std::move(cause));
  }
  push(Frame::Kind::kError, begin);
}

void CloneWriter::push(Frame::Kind kind, size_t begin) {
  if (frames_.size() == kMaxDepth) throw_too_deep();
  frames_.push_back(Frame{kind, begin, items_.size(), begin});
}

void CloneWriter::close(const Frame& frame) {
  auto count = static_cast<uint32_t>(frame.end - frame.begin);
  items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(frame.begin), items_.end());
  switch (frame.kind) {
    case Frame::Kind::kArray:
      out_.write_tag(Tag::kDenseArrayEnd);
      out_.write_varint(0);
      return out_.write_varint(count);
    case Frame::Kind::kObject:
      out_.write_tag(Tag::kObjectEnd);
      return out_.write_varint(count / 2);
    case Frame::Kind::kMap:
      out_.write_tag(Tag::kMapEnd);
      return out_.write_varint(count);
    case Frame::Kind::kSet:
      out_.write_tag(Tag::kSetEnd);
      return out_.write_varint(count);
    case Frame::Kind::kError:
      return out_.write_tag(ErrorTag::kEnd);
  }
}

bool CloneWriter::write_reference(py::handle value) {
  uint32_t id = ids_.find(value);
  if (id == IdentityMap::kAbsent) return false;
  out_.write_tag(Tag::kReference);
  out_.write_varint(id);
  return true;
}

void CloneWriter::add_entry(py::handle value) { ids_.add(value, next_id_++); }

std::string CloneWriter::path() const {
  std::string path = sink_.root;
  for (const Frame& frame : frames_) {
    if (frame.next == frame.begin) continue;
    size_t current = frame.next - 1 - frame.begin;
    bool is_pairs = frame.kind == Frame::Kind::kObject || frame.kind == Frame::Kind::kMap;
    if (frame.kind == Frame::Kind::kError) {
      path += ".cause";
    } else if (!is_pairs) {
      append_index(path, current);
    } else {
      append_key(path, items_[frame.begin + current / 2 * 2]);
    }
  }
  return path;
}

}  // namespace

void write_clone(py::handle value, CloneSink& sink) { CloneWriter(sink).write(value); }

}  // namespace isolates::bind
