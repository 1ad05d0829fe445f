#include "bind/text.h"

namespace py = pybind11;

namespace isolates::bind {

TextOfStr::TextOfStr(PyObject* str) {
  auto length = static_cast<size_t>(PyUnicode_GET_LENGTH(str));
  switch (PyUnicode_KIND(str)) {
    case PyUnicode_1BYTE_KIND:
      view_ = {PyUnicode_DATA(str), length, false};
      return;
    case PyUnicode_2BYTE_KIND:
      view_ = {PyUnicode_DATA(str), length, true};
      return;
    default:
      break;
  }
  const Py_UCS4* points = PyUnicode_4BYTE_DATA(str);
  utf16_.reserve(length + length / 2);
  for (size_t index = 0; index < length; ++index) {
    Py_UCS4 point = points[index];
    if (point < 0x10000) {
      utf16_ += static_cast<char16_t>(point);
    } else {
      utf16_ += static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10));
      utf16_ += static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  view_ = {utf16_.data(), utf16_.size(), true};
}

py::object to_str(const engine::TextView& text) {
  PyObject* str;
  if (text.two_byte) {
    int native_order = PY_LITTLE_ENDIAN ? -1 : 1;
    str = PyUnicode_DecodeUTF16(static_cast<const char*>(text.data), static_cast<Py_ssize_t>(text.length * 2),
                                "surrogatepass", &native_order);
  } else {
    str = PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, text.data, static_cast<Py_ssize_t>(text.length));
  }
  if (!str) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(str);
}

engine::Text to_text(py::handle str) { return TextOfStr(str.ptr()).view().to_text(); }

py::object to_str(const std::string& utf8) {
  PyObject* str = PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace");
  if (!str) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(str);
}

}  // namespace isolates::bind
