#include "bind/clone_reader.h"

#include "bind/clone_reading.h"
#include "bind/clone_scalars.h"
#include "bind/undefined.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

// Slots of arrays that the bytes do not pay for, per message: 32 MB.
constexpr size_t kMaxHoles = size_t{4} << 20;

}  // namespace

CloneReader::CloneReader(const uint8_t* data, size_t size, const CloneTables& tables)
    : in_(data, size), tables_(tables), undefined_(undefined_object()), holes_left_(kMaxHoles) {}

py::object CloneReader::read() {
  if (in_.remaining() == 0 || in_.read_byte() != kVersionTag) in_.malformed("no header");
  uint32_t version = in_.read_varint();
  if (version != kWireVersion) in_.malformed("version " + std::to_string(version));
  read_value();
  while (!frames_.empty()) step();
  if (in_.peek_tag() != Tag::kPadding) in_.malformed("bytes are left over");
  return std::move(result_);
}

// Delivers a value that needs no other, or opens a frame for one that does.
void CloneReader::read_value() {
  Tag tag = in_.read_tag();
  py::object value = read_primitive(tag);
  if (!value) return read_object(tag);
  deliver(std::move(value));
}

// Null for the tag of anything else.
py::object CloneReader::read_primitive(Tag tag) {
  switch (tag) {
    case Tag::kUndefined:
      return undefined_;
    case Tag::kNull:
      return py::none();
    case Tag::kTrue:
      return py::bool_(true);
    case Tag::kFalse:
      return py::bool_(false);
    case Tag::kInt32:
      return py::int_(in_.read_zigzag());
    case Tag::kUint32:
      return py::int_(in_.read_varint());
    case Tag::kDouble:
      return number_object(in_.read_double());
    case Tag::kBigInt:
      return read_bigint(in_);
    case Tag::kLatin1:
    case Tag::kTwoByte:
    case Tag::kUtf8:
      return read_text(tag, in_);
    default:
      return py::object();
  }
}

void CloneReader::read_object(Tag tag) {
  switch (tag) {
    case Tag::kReference:
      return read_reference();
    case Tag::kObject:
      return open(ReaderFrame::Kind::kObject, py::dict());
    case Tag::kDenseArray:
      return open_array(ReaderFrame::Kind::kDenseArray);
    case Tag::kSparseArray:
      return open_array(ReaderFrame::Kind::kSparseArray);
    case Tag::kMap:
      return open(ReaderFrame::Kind::kMap, py::dict());
    case Tag::kSet:
      return open(ReaderFrame::Kind::kSet, py::set());
    case Tag::kError:
      return open(ReaderFrame::Kind::kError, py::object());
    case Tag::kTrueObject:
    case Tag::kFalseObject:
    case Tag::kNumberObject:
    case Tag::kBigIntObject:
    case Tag::kStringObject:
      return read_boxed(tag);
    case Tag::kDate:
      return read_date();
    case Tag::kRegExp:
      return read_regexp();
    case Tag::kArrayBuffer:
    case Tag::kResizableArrayBuffer:
    case Tag::kTransferredArrayBuffer:
    case Tag::kSharedArrayBuffer:
      return read_buffer(tag);
    case Tag::kHostObject:
      return read_host_object();
    case Tag::kWasmModule:
      refuse("is a WebAssembly.Module, which can't be copied to Python");
    case Tag::kWasmMemory:
      refuse("is a WebAssembly.Memory, which can't be copied to Python; copy its buffer");
    case Tag::kSharedObject:
      refuse("is a shared struct, which can't be copied to Python");
    default:
      in_.malformed("an unknown tag");
  }
}

void CloneReader::read_boxed(Tag tag) {
  uint32_t id = add_entry(py::object());
  py::object value;
  switch (tag) {
    case Tag::kNumberObject:
      value = number_object(in_.read_double());
      break;
    case Tag::kBigIntObject:
      value = read_bigint(in_);
      break;
    case Tag::kStringObject:
      value = read_string();
      break;
    default:
      value = py::bool_(tag == Tag::kTrueObject);
  }
  entries_[id].value = value;
  deliver(std::move(value));
}

void CloneReader::read_date() {
  py::object date = date_object(in_.read_double());
  if (!date) refuse("is an invalid Date, or one outside the years 1 to 9999 of datetime");
  add_entry(date);
  deliver(std::move(date));
}

void CloneReader::read_regexp() {
  uint32_t id = add_entry(py::object());
  py::object source = read_string();
  py::object text = regexp_text(source, in_.read_varint());
  entries_[id].value = text;
  deliver(std::move(text));
}

void CloneReader::read_reference() {
  uint32_t id = in_.read_varint();
  if (id >= entries_.size()) in_.malformed("a reference to nothing");
  if (entries_[id].buffer != nullptr) return finish_buffer(id);
  if (!entries_[id].value) in_.malformed("a reference to an unfinished object");
  deliver(entries_[id].value);
}

void CloneReader::read_host_object() {
  uint32_t id = add_entry(py::object());
  py::object value =
      from_table(tables_.host_object, "is an object of the host, which can't be copied to Python");
  entries_[id].value = value;
  deliver(std::move(value));
}

void CloneReader::read_buffer(Tag tag) {
  uint32_t id = add_entry(py::object());
  if (tag == Tag::kSharedArrayBuffer) {
    buffers_.emplace_back(
        from_table(tables_.shared_array_buffer, "is a SharedArrayBuffer, which can't cross here"));
  } else if (tag == Tag::kTransferredArrayBuffer) {
    uint32_t index = in_.read_varint();
    if (!tables_.transferred_array_buffer) refuse("is a transferred ArrayBuffer, which can't cross here");
    buffers_.emplace_back(tables_.transferred_array_buffer(index));
  } else {
    uint32_t size = in_.read_varint();
    if (tag == Tag::kResizableArrayBuffer) in_.read_varint();  // bytes has no room to grow
    buffers_.emplace_back(in_.read_bytes(size), size);
  }
  entries_[id].buffer = &buffers_.back();
  finish_buffer(id);
}

// A view follows its buffer, or a reference to it, and takes its place.
void CloneReader::finish_buffer(uint32_t id) {
  CloneBuffer& buffer = *entries_[id].buffer;
  if (!in_.take_tag(Tag::kView)) return deliver(buffer.object());
  py::object view = buffer.read_view(in_);
  add_entry(view);
  deliver(std::move(view));
}

py::object CloneReader::read_string() { return read_text(in_.read_tag(), in_); }

py::object CloneReader::from_table(const std::function<py::object(uint32_t)>& table, const char* what) {
  uint32_t index = in_.read_varint();
  if (!table) refuse(what);
  py::object value = table(index);
  if (!value) in_.malformed("a number that is not in its table");
  return value;
}

uint32_t CloneReader::add_entry(py::object value) {
  entries_.emplace_back(std::move(value));
  return static_cast<uint32_t>(entries_.size() - 1);
}

py::object read_clone(const uint8_t* data, size_t size, const CloneTables& tables) {
  return CloneReader(data, size, tables).read();
}

}  // namespace isolates::bind
