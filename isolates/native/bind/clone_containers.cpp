#include <cstring>

#include "bind/clone_path.h"
#include "bind/clone_reading.h"
#include "bind/clone_scalars.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

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

}  // namespace

void CloneReader::open(ReaderFrame::Kind kind, py::object target) {
  uint32_t id = add_entry(target);
  frames_.emplace_back(kind, std::move(target), id);
  if (kind == ReaderFrame::Kind::kError) {
    frames_.back().error.reset(new CloneErrorParts{"Error", py::none(), py::none()});
  }
}

void CloneReader::open_array(ReaderFrame::Kind kind) {
  uint32_t length = in_.read_varint();
  open(kind, py::list());
  frames_.back().length = length;
}

void CloneReader::step() {
  ReaderFrame& frame = frames_.back();
  switch (frame.kind) {
    case ReaderFrame::Kind::kObject:
      return step_object(frame);
    case ReaderFrame::Kind::kDenseArray:
      return step_dense_array(frame);
    case ReaderFrame::Kind::kArrayProperties:
      return step_properties(frame, Tag::kDenseArrayEnd);
    case ReaderFrame::Kind::kSparseArray:
      return step_properties(frame, Tag::kSparseArrayEnd);
    case ReaderFrame::Kind::kMap:
      return step_entries(frame, Tag::kMapEnd);
    case ReaderFrame::Kind::kSet:
      return step_entries(frame, Tag::kSetEnd);
    case ReaderFrame::Kind::kError:
      return step_error(frame);
  }
}

// Primitives, the bulk of most data, go straight into their object or array.
void CloneReader::step_object(ReaderFrame& frame) {
  while (!in_.take_tag(Tag::kObjectEnd)) {
    frame.key = read_key();
    ++frame.count;
    Tag tag = in_.read_tag();
    py::object value = read_primitive(tag);
    if (!value) return read_object(tag);
    check(PyDict_SetItem(frame.target.ptr(), frame.key.ptr(), value.ptr()));
  }
  expect_count(frame.count);
  close();
}

void CloneReader::step_dense_array(ReaderFrame& frame) {
  for (; frame.index != frame.length; ++frame.index) {
    Tag tag = in_.read_tag();
    py::object value = tag == Tag::kHole ? undefined_ : read_primitive(tag);
    if (!value) return read_object(tag);
    check(PyList_Append(frame.target.ptr(), value.ptr()));
  }
  frame.kind = ReaderFrame::Kind::kArrayProperties;
}

// The elements of a sparse array, or what a dense array has besides its elements.
void CloneReader::step_properties(ReaderFrame& frame, Tag end) {
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

void CloneReader::step_entries(ReaderFrame& frame, Tag end) {
  if (!in_.take_tag(end)) return read_value();
  if (frame.key) in_.malformed("a Map ends behind a key");
  expect_count(frame.count);
  close();
}

void CloneReader::step_error(ReaderFrame& frame) {
  auto tag = static_cast<ErrorTag>(in_.read_byte());
  if (tag == ErrorTag::kEnd) {
    error_object(frame);
    return close();
  }
  if (frame.target) in_.malformed("an Error goes on behind its cause");
  if (tag == ErrorTag::kMessage) {
    frame.error->message = read_string();
  } else if (tag == ErrorTag::kStack) {
    frame.error->stack = read_string();
  } else if (tag == ErrorTag::kCause) {
    error_object(frame);
    read_value();
  } else {
    frame.error->name = error_name(tag);
    if (frame.error->name == nullptr) in_.malformed("an unknown part of an Error");
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
  ReaderFrame& frame = frames_.back();
  switch (frame.kind) {
    case ReaderFrame::Kind::kObject:
      return check(PyDict_SetItem(frame.target.ptr(), frame.key.ptr(), value.ptr()));
    case ReaderFrame::Kind::kDenseArray:
      ++frame.index;
      return check(PyList_Append(frame.target.ptr(), value.ptr()));
    case ReaderFrame::Kind::kArrayProperties:
    case ReaderFrame::Kind::kSparseArray:
      return deliver_element(frame, std::move(value));
    case ReaderFrame::Kind::kMap:
      return deliver_map(frame, std::move(value));
    case ReaderFrame::Kind::kSet:
      return deliver_set(frame, std::move(value));
    case ReaderFrame::Kind::kError:
      return check(PyObject_SetAttrString(frame.target.ptr(), "cause", value.ptr()));
  }
}

void CloneReader::deliver_element(ReaderFrame& frame, py::object value) {
  if (!frame.is_indexed) return;
  pad_array(frame.target, frame.index);
  if (static_cast<size_t>(PyList_GET_SIZE(frame.target.ptr())) == frame.index) {
    check(PyList_Append(frame.target.ptr(), value.ptr()));
  } else {
    check(PyList_SetItem(frame.target.ptr(), frame.index, value.release().ptr()));
  }
}

void CloneReader::deliver_map(ReaderFrame& frame, py::object value) {
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

void CloneReader::deliver_set(ReaderFrame& frame, py::object value) {
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
    refuse("is an array with more holes than a copy may have (its length is " +
           std::to_string(frames_.back().length) + ")");
  }
  holes_left_ -= length - size;
  for (; size < length; ++size) check(PyList_Append(list.ptr(), undefined_.ptr()));
}

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

const py::object& CloneReader::error_object(ReaderFrame& frame) {
  if (frame.target) return frame.target;
  if (!tables_.make_error) refuse("is an Error, which can't cross here");
  CloneErrorParts& parts = *frame.error;
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

void CloneReader::expect_count(uint32_t count) {
  if (in_.read_varint() != count) in_.malformed("an object has lost entries");
}

std::string CloneReader::path() const {
  std::string path = "$";
  for (const ReaderFrame& frame : frames_) {
    switch (frame.kind) {
      case ReaderFrame::Kind::kObject:
        append_key(path, frame.key);
        break;
      case ReaderFrame::Kind::kDenseArray:
        append_index(path, frame.index);
        break;
      case ReaderFrame::Kind::kArrayProperties:
      case ReaderFrame::Kind::kSparseArray:
      case ReaderFrame::Kind::kMap:
        if (frame.key) append_key(path, frame.key);
        break;
      case ReaderFrame::Kind::kSet:
        append_index(path, frame.count);
        break;
      case ReaderFrame::Kind::kError:
        path += ".cause";
        break;
    }
  }
  return path;
}

}  // namespace isolates::bind
