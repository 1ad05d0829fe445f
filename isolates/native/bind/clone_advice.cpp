#include "bind/clone_advice.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

struct Advice {
  const char* attribute;  // of the type
  const char* text;
};

// The first one that fits.
constexpr Advice kAdvice[] = {
    {"__dataclass_fields__", "; dataclasses.asdict() makes a dict of it"},
    {"tolist", "; what its tolist() returns may"},
    {"to_dict", "; what its to_dict() returns may"},
    {"isoformat", "; its isoformat() is text, which can"},
    {"total_seconds", "; its total_seconds() is a number, which can"},
    {"__fspath__", "; str() of it can"},
    {"__float__", "; float() or str() of it can"},
    {"__iter__", "; a list of its items may"},
};

}  // namespace

std::string advice_for(py::handle value) {
  py::handle type = py::type::handle_of(value);
  if (PyType_Check(value.ptr())) return {};
  for (const Advice& advice : kAdvice) {
    if (py::hasattr(type, advice.attribute)) return advice.text;
  }
  return {};
}

}  // namespace isolates::bind
