#include "bind/clone_reader.h"

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "bind/clone_buffers.h"
#include "bind/clone_path.h"
#include "bind/clone_scalars.h"
#include "bind/clone_text.h"
#include "bind/clone_wire.h"
#include "bind/undefined.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

// Slots of arrays that the bytes do not pay for, per message: 32 MB.
constexpr size_t kMaxHoles = size_t{4} << 20;

// An object that is being filled.
struct Frame {
  enum class Kind { kObject, kDenseArray, kArrayProperties, kSparseArray, kMap, kSet, kError };

  Frame(Kind kind, py::object target, uint32_t id) : kind(kind), target(std::move(target)), id(id) {}

  Kind kind;
  py::object target;  // null for an error that is still being read
  uint32_t id;
  py::object key;          // the pending key of an object or Map, null between two entries
  uint32_t count = 0;      // entries so far; keys and values of a Map, as the wire counts
  uint32_t length = 0;     // of an array
  uint32_t index = 0;      // of the pending element
  bool is_indexed = true;  // whether the pending property of an array is an element
  CloneErrorParts error{"Error", py::none(), py::none()};
};

// An object that a later back reference may name.
struct Entry {
  explicit Entry(py::object value) : value(std::move(value)) {}

  py::object value;
  CloneBuffer* buffer = nullptr;
};

class CloneReader {
 public:
  CloneReader(const uint8_t* data, size_t size, const CloneTables& tables)
      : in_(data, size), tables_(tables) {}

  py::object read();

 private:
  void read_value();
  void read_boxed(Tag tag);
  void read_date();
  void read_regexp();
  void read_reference();
  void read_host_object();
  void read_buffer(Tag tag);
  void finish_buffer(uint32_t id);

  void open(Frame::Kind kind, py::object target);
  void open_array(Frame::Kind kind);
  void step();
  void step_object(Frame& frame);
  void step_dense_array(Frame& frame);
  void step_properties(Frame& frame, Tag end);
  void step_entries(Frame& frame, Tag end);
  void step_error(Frame& frame);
  void close();

  void deliver(py::object value);
  void deliver_element(Frame& frame, py::object value);
  void deliver_map(Frame& frame, py::object value);
  void deliver_set(Frame& frame, py::object value);
  void pad_array(const py::object& list, size_t length);

  py::object read_string();
  py::object read_key();
  py::object from_table(const std::function<py::object(uint32_t)>& table, const char* what);
  const py::object& error_object(Frame& frame);
  uint32_t add_entry(py::object value);
  void expect_count(uint32_t count);
  std::string path() const;
  [[noreturn]] void refuse(const std::string& why) const { throw_transfer_error(path() + " " + why); }

  WireReader in_;
  const CloneTables& tables_;
  py::object undefined_ = undefined_object();
  std::vector<Frame> frames_;
  std::vector<Entry> entries_;
  std::deque<CloneBuffer> buffers_;  // a deque, for addresses that last
  KeyCache keys_;
  size_t holes_left_ = kMaxHoles;
  py::object result_;
};

void check(int status) {
  if (status < 0) throw py::error_already_set();
}

bool is_hashable(const py::object& value) {
  if (PyObject_Hash(value.ptr()) != -1) return true;
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0 && PyErr_ExceptionMatches(PyExc_ValueError) == 0) {
    throw py::error_already_set();
  }
  PyErr_Clear();
  return false;
}

const char* error_name(ErrorTag tag) {
  switch (tag) {
    case ErrorTag::kEvalError:
      return "EvalError";
    case ErrorTag::kRangeError:
      return "RangeError";
    case ErrorTag::kReferenceError:
      return "ReferenceError";
    case ErrorTag::kSyntaxError:
      return "SyntaxError";
    case ErrorTag::kTypeError:
      return "TypeError";
    case ErrorTag::kUriError:
      return "URIError";
    default:
      return nullptr;
  }
}

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
  switch (tag) {
    case Tag::kUndefined:
      return deliver(undefined_);
    case Tag::kNull:
      return deliver(py::none());
    case Tag::kTrue:
      return deliver(py::bool_(true));
    case Tag::kFalse:
      return deliver(py::bool_(false));
    case Tag::kInt32:
      return deliver(py::int_(in_.read_zigzag()));
    case Tag::kUint32:
      return deliver(py::int_(in_.read_varint()));
    case Tag::kDouble:
      return deliver(number_object(in_.read_double()));
    case Tag::kBigInt:
      return deliver(read_bigint(in_));
    case Tag::kLatin1:
    case Tag::kTwoByte:
    case Tag::kUtf8:
      return deliver(read_text(tag, in_));
    case Tag::kReference:
      return read_reference();
    case Tag::kObject:
      return open(Frame::Kind::kObject, py::dict());
    case Tag::kDenseArray:
      return open_array(Frame::Kind::kDenseArray);
    case Tag::kSparseArray:
      return open_array(Frame::Kind::kSparseArray);
    case Tag::kMap:
      return open(Frame::Kind::kMap, py::dict());
    case Tag::kSet:
      return open(Frame::Kind::kSet, py::set());
    case Tag::kError:
      return open(Frame::Kind::kError, py::object());
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
    buffers_.emplace_back(
        from_table(tables_.transferred_array_buffer, "is a transferred ArrayBuffer, which can't cross here"));
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

void CloneReader::open(Frame::Kind kind, py::object target) {
  uint32_t id = add_entry(target);
  frames_.emplace_back(kind, std::move(target), id);
}

void CloneReader::open_array(Frame::Kind kind) {
  uint32_t length = in_.read_varint();
  open(kind, py::list());
  frames_.back().length = length;
}

void CloneReader::step() {
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case Frame::Kind::kObject:
      return step_object(frame);
    case Frame::Kind::kDenseArray:
      return step_dense_array(frame);
    case Frame::Kind::kArrayProperties:
      return step_properties(frame, Tag::kDenseArrayEnd);
    case Frame::Kind::kSparseArray:
      return step_properties(frame, Tag::kSparseArrayEnd);
    case Frame::Kind::kMap:
      return step_entries(frame, Tag::kMapEnd);
    case Frame::Kind::kSet:
      return step_entries(frame, Tag::kSetEnd);
    case Frame::Kind::kError:
      return step_error(frame);
  }
}

void CloneReader::step_object(Frame& frame) {
  if (in_.take_tag(Tag::kObjectEnd)) {
    expect_count(frame.count);
    return close();
  }
  frame.key = read_key();
  ++frame.count;
  read_value();
}

void CloneReader::step_dense_array(Frame& frame) {
  if (frame.index == frame.length) {
    frame.kind = Frame::Kind::kArrayProperties;
  } else if (in_.take_tag(Tag::kHole)) {
    deliver(undefined_);
  } else {
    read_value();
  }
}

// The elements of a sparse array, or what a dense array has besides its elements.
void CloneReader::step_properties(Frame& frame, Tag end) {
  if (in_.take_tag(end)) {
    expect_count(frame.count);
    if (in_.read_varint() != frame.length) in_.malformed("an array's length changed");
    pad_array(frame.target, frame.length);
    return close();
  }
  Tag tag = in_.peek_tag();
  frame.key = read_key();
  ++frame.count;
  frame.is_indexed = tag == Tag::kInt32 || tag == Tag::kUint32 || tag == Tag::kDouble;
  if (frame.is_indexed) {
    auto index = py::cast<int64_t>(py::int_(frame.key));
    if (index < 0 || index >= frame.length) in_.malformed("an element outside its array");
    frame.index = static_cast<uint32_t>(index);
  }
  read_value();
}

void CloneReader::step_entries(Frame& frame, Tag end) {
  if (!in_.take_tag(end)) return read_value();
  if (frame.key) in_.malformed("a Map ends behind a key");
  expect_count(frame.count);
  close();
}

void CloneReader::step_error(Frame& frame) {
  auto tag = static_cast<ErrorTag>(in_.read_byte());
  if (tag == ErrorTag::kEnd) {
    error_object(frame);
    return close();
  }
  if (frame.target) in_.malformed("an Error goes on behind its cause");
  if (tag == ErrorTag::kMessage) {
    frame.error.message = read_string();
  } else if (tag == ErrorTag::kStack) {
    frame.error.stack = read_string();
  } else if (tag == ErrorTag::kCause) {
    error_object(frame);
    read_value();
  } else {
    frame.error.name = error_name(tag);
    if (frame.error.name == nullptr) in_.malformed("an unknown part of an Error");
  }
}

void CloneReader::close() {
  py::object target = std::move(frames_.back().target);
  frames_.pop_back();
  deliver(std::move(target));
}

void CloneReader::deliver(py::object value) {
  if (frames_.empty()) {
    result_ = std::move(value);
    return;
  }
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case Frame::Kind::kObject:
      return check(PyDict_SetItem(frame.target.ptr(), frame.key.ptr(), value.ptr()));
    case Frame::Kind::kDenseArray:
      ++frame.index;
      return check(PyList_Append(frame.target.ptr(), value.ptr()));
    case Frame::Kind::kArrayProperties:
    case Frame::Kind::kSparseArray:
      return deliver_element(frame, std::move(value));
    case Frame::Kind::kMap:
      return deliver_map(frame, std::move(value));
    case Frame::Kind::kSet:
      return deliver_set(frame, std::move(value));
    case Frame::Kind::kError:
      return check(PyObject_SetAttrString(frame.target.ptr(), "cause", value.ptr()));
  }
}

void CloneReader::deliver_element(Frame& frame, py::object value) {
  if (!frame.is_indexed) return;
  pad_array(frame.target, frame.index);
  if (static_cast<size_t>(PyList_GET_SIZE(frame.target.ptr())) == frame.index) {
    check(PyList_Append(frame.target.ptr(), value.ptr()));
  } else {
    check(PyList_SetItem(frame.target.ptr(), frame.index, value.release().ptr()));
  }
}

void CloneReader::deliver_map(Frame& frame, py::object value) {
  ++frame.count;
  if (!frame.key) {
    if (!is_hashable(value)) refuse("has a Map key that is not hashable in Python: " + type_name(value));
    frame.key = std::move(value);
    return;
  }
  check(PyDict_SetItem(frame.target.ptr(), frame.key.ptr(), value.ptr()));
  if (static_cast<uint32_t>(PyDict_GET_SIZE(frame.target.ptr())) * 2 != frame.count) {
    refuse("is a Map key that equals another one in Python");
  }
  frame.key = py::object();
}

void CloneReader::deliver_set(Frame& frame, py::object value) {
  if (!is_hashable(value)) refuse("is a Set member that is not hashable in Python: " + type_name(value));
  check(PySet_Add(frame.target.ptr(), value.ptr()));
  if (static_cast<uint32_t>(PySet_GET_SIZE(frame.target.ptr())) != frame.count + 1) {
    refuse("is a Set member that equals another one in Python: " + short_repr(value));
  }
  ++frame.count;
}

void CloneReader::pad_array(const py::object& list, size_t length) {
  auto size = static_cast<size_t>(PyList_GET_SIZE(list.ptr()));
  if (size >= length) return;
  if (length - size > holes_left_) {
    frames_.back().key = py::object();  // the path ends at the array
    refuse("is an array with more than " + std::to_string(kMaxHoles) + " holes (its length is " +
           std::to_string(frames_.back().length) + ")");
  }
  holes_left_ -= length - size;
  for (; size < length; ++size) check(PyList_Append(list.ptr(), undefined_.ptr()));
}

py::object CloneReader::read_string() { return read_text(in_.read_tag(), in_); }

py::object CloneReader::read_key() {
  Tag tag = in_.read_tag();
  switch (tag) {
    case Tag::kLatin1:
      return keys_.read_latin1_key(in_);
    case Tag::kInt32:
      return number_key(in_.read_zigzag(), in_);
    case Tag::kUint32:
      return number_key(in_.read_varint(), in_);
    case Tag::kDouble:
      return number_key(in_.read_double(), in_);
    default:
      return read_text(tag, in_);
  }
}

py::object CloneReader::from_table(const std::function<py::object(uint32_t)>& table, const char* what) {
  uint32_t index = in_.read_varint();
  if (!table) refuse(what);
  py::object value = table(index);
  if (!value) in_.malformed("a number that is not in its table");
  return value;
}

const py::object& CloneReader::error_object(Frame& frame) {
  if (frame.target) return frame.target;
  if (!tables_.make_error) refuse("is an Error, which can't cross here");
  CloneErrorParts& parts = frame.error;
  if (parts.message.is_none()) parts.message = py::str("");
  // V8 writes an AggregateError as a plain one; only its stack still says what it was.
  if (!parts.stack.is_none() && std::strcmp(parts.name, "Error") == 0) {
    auto prefixes = py::make_tuple("AggregateError:", "AggregateError\n");
    if (py::cast<bool>(parts.stack.attr("startswith")(prefixes))) parts.name = "AggregateError";
  }
  frame.target = tables_.make_error(parts);
  entries_[frame.id].value = frame.target;
  return frame.target;
}

uint32_t CloneReader::add_entry(py::object value) {
  entries_.emplace_back(std::move(value));
  return static_cast<uint32_t>(entries_.size() - 1);
}

void CloneReader::expect_count(uint32_t count) {
  if (in_.read_varint() != count) in_.malformed("an object has lost entries");
}

std::string CloneReader::path() const {
  std::string path = "$";
  for (const Frame& frame : frames_) {
    switch (frame.kind) {
      case Frame::Kind::kObject:
        append_key(path, frame.key);
        break;
      case Frame::Kind::kDenseArray:
        append_index(path, frame.index);
        break;
      case Frame::Kind::kArrayProperties:
      case Frame::Kind::kSparseArray:
      case Frame::Kind::kMap:
        if (frame.key) append_key(path, frame.key);
        break;
      case Frame::Kind::kSet:
        append_index(path, frame.count);
        break;
      case Frame::Kind::kError:
        path += ".cause";
        break;
    }
  }
  return path;
}

}  // namespace

py::object read_clone(const uint8_t* data, size_t size, const CloneTables& tables) {
  return CloneReader(data, size, tables).read();
}

}  // namespace isolates::bind
