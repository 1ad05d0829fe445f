#include "bind/clone_buffers.h"

#include <pybind11/gil_safe_call_once.h>

#include <algorithm>

namespace py = pybind11;

namespace isolates::bind {
namespace {

struct ViewType {
  ViewTag tag;
  char format;  // of the struct module
  uint8_t item_size;
  const char* dtype;
};

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

// Releases what PyObject_GetBuffer took.
class BufferScope {
 public:
  explicit BufferScope(py::handle exporter)
      : taken_(PyObject_GetBuffer(exporter.ptr(), &view, PyBUF_FULL_RO) == 0) {}
  ~BufferScope() {
    if (taken_) PyBuffer_Release(&view);
  }
  BufferScope(const BufferScope&) = delete;
  BufferScope& operator=(const BufferScope&) = delete;

  bool taken() const { return taken_; }

  Py_buffer view{};

 private:
  bool taken_;
};

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

}  // namespace

CloneBuffer::CloneBuffer(CloneMemory memory)
    : data_(memory.data), size_(memory.size), owner_(std::move(memory.owner)), owner_end_(size_) {}

CloneBuffer::CloneBuffer(py::object exporter) : object_(exporter), owner_(std::move(exporter)) {
  BufferScope buffer(owner_);
  if (!buffer.taken()) throw py::error_already_set();
  size_ = owner_end_ = static_cast<size_t>(buffer.view.len);
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

const char* write_buffer(py::handle exporter, WireWriter& out, const CloneSink& sink) {
  BufferScope buffer(exporter);
  Py_buffer& view = buffer.view;  // not const: PyBuffer_ToContiguous of Python 3.10 takes it so
  if (!buffer.taken()) {
    if (PyErr_ExceptionMatches(PyExc_MemoryError) != 0) throw py::error_already_set();
    PyErr_Clear();
    return "does not give its buffer";
  }
  if (view.ndim != 1) return "must have one dimension (flatten it with ravel())";
  const char* format = view.format == nullptr ? "B" : view.format;
  bool big_endian = *format == '>' || *format == '!';
  if (std::strchr("@=<>!", *format) != nullptr && *format != '\0') ++format;
  const ViewType* type = std::strlen(format) == 1 ? matching_type(*format, view.itemsize) : nullptr;
  if (type == nullptr) return "has items that no typed array can hold";
  if (static_cast<uint64_t>(view.len) > UINT32_MAX) return "is larger than 4 GB";
  auto size = static_cast<uint32_t>(view.len);
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
  if (PyBuffer_IsContiguous(&view, 'C') != 0) {
    if (size > 0) std::memcpy(target, view.buf, size);
  } else if (PyBuffer_ToContiguous(target, &view, view.len, 'C') != 0) {
    throw py::error_already_set();
  }
  if (big_endian) swap_items(target, size, type->item_size);
  out.write_tag(Tag::kView);
  out.write_tag(type->tag);
  out.write_varint(0);
  out.write_varint(size);
  out.write_varint(0);
  return nullptr;
}

}  // namespace isolates::bind
