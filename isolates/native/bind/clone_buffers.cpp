#include "bind/clone_buffers.h"

#include <pybind11/gil_safe_call_once.h>

#include <algorithm>

#include "bind/clone_advice.h"

namespace py = pybind11;

namespace isolates::bind {

struct ViewType {
  ViewTag tag;
  char format;  // of the struct module
  uint8_t item_size;
  const char* dtype;
};

namespace {

// Each row of an array is an object of its own in JavaScript.
constexpr size_t kMostRows = size_t{1} << 20;

// Where the writer finds two with its format and size, the first one is meant.
constexpr ViewType kViewTypes[] = {
    {ViewTag::kUint8, 'B', 1, "u1"},     {ViewTag::kInt8, 'b', 1, "i1"},
    {ViewTag::kInt16, 'h', 2, "i2"},     {ViewTag::kUint16, 'H', 2, "u2"},
    {ViewTag::kInt32, 'i', 4, "i4"},     {ViewTag::kUint32, 'I', 4, "u4"},
    {ViewTag::kFloat16, 'e', 2, "f2"},   {ViewTag::kFloat32, 'f', 4, "f4"},
    {ViewTag::kFloat64, 'd', 8, "f8"},   {ViewTag::kBigInt64, 'q', 8, "i8"},
    {ViewTag::kBigUint64, 'Q', 8, "u8"}, {ViewTag::kUint8Clamped, 'B', 1, "u1"},
    {ViewTag::kDataView, 'B', 1, "u1"},
};

const ViewType& view_type(WireReader& in) {
  uint8_t tag = in.read_byte();
  for (const ViewType& type : kViewTypes) {
    if (static_cast<uint8_t>(type.tag) == tag) return type;
  }
  in.malformed("an unknown kind of view");
}

PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> ndarray_store;

// numpy.ndarray, or None without numpy.
const py::object& ndarray() {
  return ndarray_store
      .call_once_and_store_result([]() -> py::object {
        try {
          return py::module_::import("numpy").attr("ndarray");
        } catch (py::error_already_set& error) {
          if (!error.matches(PyExc_Exception)) throw;
          return py::none();  // a broken numpy is no numpy
        }
      })
      .get_stored();
}

py::object as_memoryview(const py::object& owner, size_t begin, size_t end, const ViewType& type) {
  auto whole = py::reinterpret_steal<py::object>(PyMemoryView_FromObject(owner.ptr()));
  if (!whole) throw py::error_already_set();
  py::object window =
      whole.attr("cast")("B")[py::slice(static_cast<py::ssize_t>(begin), static_cast<py::ssize_t>(end), 1)];
  if (type.tag != ViewTag::kFloat16) return window.attr("cast")(std::string(1, type.format));
  // memoryview can't cast to half floats (seen on 3.11); each of them is a float32 as well.
  auto unpack = py::module_::import("struct").attr("unpack");
  auto values = unpack("<" + std::to_string((end - begin) / 2) + "e", window);
  py::object array = py::module_::import("array").attr("array")("f", values);
  return py::reinterpret_steal<py::object>(PyMemoryView_FromObject(array.ptr()));
}

py::object make_view(const py::object& owner, size_t begin, size_t end, const ViewType& type) {
  if (ndarray().is_none()) return as_memoryview(owner, begin, end, type);
  return ndarray()(py::make_tuple((end - begin) / type.item_size), type.dtype, owner, begin);
}

// The kind of number that a format of one letter stands for, by the sizes of the exporter.
const ViewType* matching_type(char format, Py_ssize_t item_size) {
  if (format == '?' || format == 'c') format = 'B';
  bool is_signed = std::strchr("bhilqn", format) != nullptr;
  bool is_unsigned = std::strchr("BHILQN", format) != nullptr;
  for (const ViewType& type : kViewTypes) {
    if (type.item_size != item_size) continue;
    bool matches = is_signed     ? std::strchr("bhiq", type.format) != nullptr
                   : is_unsigned ? std::strchr("BHIQ", type.format) != nullptr
                                 : type.format == format;
    if (matches) return &type;
  }
  return nullptr;
}

void swap_items(uint8_t* bytes, size_t size, size_t item_size) {
  for (uint8_t* item = bytes; item != bytes + size; item += item_size) std::reverse(item, item + item_size);
}

// Whether the Arrays and typed arrays of such a shape are more than anybody wants.
bool has_too_many_rows(const std::vector<size_t>& shape) {
  size_t rows = 1;
  for (size_t dimension = 0; dimension + 1 < shape.size(); ++dimension) {
    if (shape[dimension] == 0) return false;
    if (shape[dimension] > kMostRows / rows) return true;
    rows *= shape[dimension];
  }
  return false;
}

// Where no typed array has such items. NumPy and its like say what theirs are.
std::string why_no_type_matches(py::handle exporter, bool is_taken) {
  py::object dtype = py::getattr(exporter, "dtype", py::none());
  std::string why = is_taken ? "has items that no typed array can hold" : "does not give its buffer";
  if (dtype.is_none()) return why + advice_for(exporter);
  why = "has the dtype " + py::str(dtype).cast<std::string>() + ", which no typed array can hold";
  bool is_complex = py::str(py::getattr(dtype, "kind", py::none())).cast<std::string>() == "c";
  return why + (is_complex ? "; its real and its imag can cross" : advice_for(exporter));
}

}  // namespace

CloneBuffer::CloneBuffer(CloneMemory memory)
    : data_(memory.data), size_(memory.size), owner_(std::move(memory.owner)), owner_end_(size_) {}

CloneBuffer::CloneBuffer(py::object exporter) : object_(exporter), owner_(std::move(exporter)) {
  Py_buffer view;
  if (PyObject_GetBuffer(owner_.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  size_ = owner_end_ = static_cast<size_t>(view.len);
  PyBuffer_Release(&view);
}

py::object CloneBuffer::object() {
  if (!object_) object_ = py::bytes(reinterpret_cast<const char*>(data_), size_);
  return object_;
}

void CloneBuffer::own_window(size_t begin, size_t end) {
  if (owner_ && begin >= owner_begin_ && end <= owner_end_) return;
  if (owner_) {
    begin = 0;
    end = size_;
  }
  auto* data = reinterpret_cast<const char*>(data_ + begin);
  auto owner = py::reinterpret_steal<py::object>(
      PyByteArray_FromStringAndSize(data, static_cast<Py_ssize_t>(end - begin)));
  if (!owner) throw py::error_already_set();
  owner_ = std::move(owner);
  owner_begin_ = begin;
  owner_end_ = end;
}

py::object CloneBuffer::read_view(WireReader& in) {
  const ViewType& type = view_type(in);
  size_t begin = in.read_varint();
  size_t size = in.read_varint();
  uint32_t flags = in.read_varint();
  if (begin > size_) in.malformed("a view begins behind its buffer");
  if ((flags & kViewTracksLength) != 0) size = (size_ - begin) / type.item_size * type.item_size;
  if (size > size_ - begin) in.malformed("a view ends behind its buffer");
  if (begin % type.item_size != 0 || size % type.item_size != 0) in.malformed("a view is not aligned");
  own_window(begin, begin + size);
  return make_view(owner_, begin - owner_begin_, begin - owner_begin_ + size, type);
}

ViewItem item_of(char tag) {
  for (const ViewType& type : kViewTypes) {
    if (static_cast<char>(type.tag) == tag) return {type.format, type.item_size};
  }
  return {'B', 1};
}

BufferSource::BufferSource(py::handle exporter) : taken_(exporter) {
  if (!taken_.is_taken) {
    if (PyErr_ExceptionMatches(PyExc_MemoryError) != 0) throw py::error_already_set();
    PyErr_Clear();
  } else {
    refusal_ = why_refused();
  }
  if (type_ == nullptr) refusal_ = why_no_type_matches(exporter, taken_.is_taken);
}

std::string BufferSource::why_refused() {
  const char* format = view_.format == nullptr ? "B" : view_.format;
  big_endian_ = *format == '>' || *format == '!';
  if (*format != '\0' && std::strchr("@=<>!", *format) != nullptr) ++format;
  if (std::strlen(format) == 1) type_ = matching_type(*format, view_.itemsize);
  if (type_ == nullptr) return {};
  if (view_.ndim == 0) return "has no dimension; what crosses is its value";
  if (static_cast<uint64_t>(view_.len) > UINT32_MAX) return "is larger than 4 GB";
  shape_.assign(view_.shape, view_.shape + view_.ndim);
  if (has_too_many_rows(shape_)) return "has more than 2^20 rows (ravel() makes one of them)";
  return {};
}

void BufferSource::write_memory(WireWriter& out, const CloneSink& sink) const {
  auto size = static_cast<uint32_t>(view_.len);
  uint8_t* target = nullptr;
  auto apart = sink.array_buffer ? sink.array_buffer(size) : std::nullopt;
  if (apart) {
    out.write_tag(Tag::kTransferredArrayBuffer);
    out.write_varint(apart->index);
    target = apart->data;
  } else {
    out.write_tag(Tag::kArrayBuffer);
    out.write_varint(size);
    target = out.extend(size);
  }
  if (PyBuffer_IsContiguous(&view_, 'C') != 0) {
    if (size > 0) std::memcpy(target, view_.buf, size);
  } else if (PyBuffer_ToContiguous(target, &view_, view_.len, 'C') != 0) {
    throw py::error_already_set();
  }
  if (big_endian_) swap_items(target, size, type_->item_size);
}

void BufferSource::write_view(WireWriter& out, size_t first, size_t count) const {
  out.write_tag(Tag::kView);
  out.write_tag(type_->tag);
  out.write_varint(static_cast<uint32_t>(first * type_->item_size));
  out.write_varint(static_cast<uint32_t>(count * type_->item_size));
  out.write_varint(0);
}

}  // namespace isolates::bind
