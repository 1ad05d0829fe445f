#include "bind/clone_text.h"

#include <vector>

namespace py = pybind11;

namespace isolates::bind {
namespace {

bool is_surrogate(uint32_t unit) { return (unit & 0xF800) == 0xD800; }
bool is_high(uint32_t unit) { return (unit & 0xFC00) == 0xD800; }
bool is_low(uint32_t unit) { return (unit & 0xFC00) == 0xDC00; }

py::object checked(PyObject* object) {
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

py::object latin1_text(const uint8_t* data, size_t size) {
  return checked(PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, data, static_cast<Py_ssize_t>(size)));
}

// Joins pairs and keeps lone surrogates, which Python's own decoder refuses or replaces.
py::object two_byte_text(const uint8_t* data, size_t byte_size) {
  size_t length = byte_size / 2;
  std::vector<uint16_t> units(length);
  if (length != 0) std::memcpy(units.data(), data, byte_size);
  bool surrogates = false;
  for (uint16_t unit : units) surrogates |= is_surrogate(unit);
  if (!surrogates) {
    return checked(
        PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, units.data(), static_cast<Py_ssize_t>(length)));
  }
  std::vector<uint32_t> points;
  points.reserve(length);
  for (size_t i = 0; i < length; ++i) {
    uint32_t point = units[i];
    if (is_high(point) && i + 1 < length && is_low(units[i + 1])) {
      point = 0x10000 + ((point & 0x3FF) << 10) + (units[++i] & 0x3FF);
    }
    points.push_back(point);
  }
  return checked(
      PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, points.data(), static_cast<Py_ssize_t>(points.size())));
}

void write_astral_text(const Py_UCS4* points, size_t length, size_t unit_count, WireWriter& out) {
  out.write_two_byte_header(static_cast<uint32_t>(unit_count * 2));
  std::vector<uint16_t> units;
  units.reserve(unit_count);
  for (size_t i = 0; i < length; ++i) {
    Py_UCS4 point = points[i];
    if (point < 0x10000) {
      units.push_back(static_cast<uint16_t>(point));
    } else {
      units.push_back(static_cast<uint16_t>(0xD800 + ((point - 0x10000) >> 10)));
      units.push_back(static_cast<uint16_t>(0xDC00 + (point & 0x3FF)));
    }
  }
  out.write_bytes(units.data(), unit_count * 2);
}

}  // namespace

py::object read_text(Tag tag, WireReader& in) {
  uint32_t size = in.read_varint();
  const uint8_t* data = in.read_bytes(size);
  switch (tag) {
    case Tag::kLatin1:
      return latin1_text(data, size);
    case Tag::kTwoByte:
      if (size % 2 != 0) in.malformed("a string ends in half a character");
      return two_byte_text(data, size);
    case Tag::kUtf8:
      return checked(PyUnicode_DecodeUTF8(reinterpret_cast<const char*>(data), size, "replace"));
    default:
      in.malformed("a string is missing");
  }
}

bool write_text(py::handle text, WireWriter& out) {
#if PY_VERSION_HEX < 0x030C0000
  if (PyUnicode_READY(text.ptr()) < 0) throw py::error_already_set();
#endif
  auto length = static_cast<size_t>(PyUnicode_GET_LENGTH(text.ptr()));
  if (length > kMaxStringLength) return false;
  const void* data = PyUnicode_DATA(text.ptr());
  switch (PyUnicode_KIND(text.ptr())) {
    case PyUnicode_1BYTE_KIND:
      out.write_tag(Tag::kLatin1);
      out.write_varint(static_cast<uint32_t>(length));
      out.write_bytes(data, length);
      return true;
    case PyUnicode_2BYTE_KIND:
      out.write_two_byte_header(static_cast<uint32_t>(length * 2));
      out.write_bytes(data, length * 2);
      return true;
    default:
      break;
  }
  auto* points = static_cast<const Py_UCS4*>(data);
  size_t unit_count = length;
  for (size_t i = 0; i < length; ++i) unit_count += points[i] >= 0x10000;
  if (unit_count > kMaxStringLength) return false;
  write_astral_text(points, length, unit_count, out);
  return true;
}

py::object KeyCache::read_latin1_key(WireReader& in) {
  uint32_t size = in.read_varint();
  const uint8_t* data = in.read_bytes(size);
  uint32_t hash = size;
  for (uint32_t i = 0; i < size && i < 16; ++i) hash = hash * 31 + data[i];
  Slot& slot = slots_[hash % slots_.size()];
  if (slot.key && slot.size == size && std::memcmp(slot.data, data, size) == 0) return slot.key;
  slot = Slot{data, size, latin1_text(data, size)};
  return slot.key;
}

}  // namespace isolates::bind
