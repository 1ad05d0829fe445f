// str and JavaScript's strings. Both hold lone surrogates; nothing is lost either way.
#pragma once
#include <pybind11/pybind11.h>

#include <string>

#include "engine/value.h"

namespace isolates::bind {

/// A str as V8 wants it: its own buffer where Python stores one or two bytes a character (then the str must
/// outlive this), else UTF-16 made here.
class TextOfStr {
 public:
  TextOfStr() = default;
  explicit TextOfStr(PyObject* str);
  engine::TextView view() const { return view_; }

 private:
  engine::TextView view_;
  std::u16string utf16_;
};

pybind11::object to_str(const engine::TextView& text);
engine::Text to_text(pybind11::handle str);

/// For messages of ours: UTF-8, whatever is in it.
pybind11::object to_str(const std::string& utf8);

}  // namespace isolates::bind
