#include "bind/memory_limit.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr double kSmallestLimitMb = 8;
constexpr double kLargestLimitMb = 1e6;

}  // namespace

size_t read_memory_limit(const Arguments& arguments) {
  PyObject* given = arguments.get("memory_limit");
  if (!given) return size_t{128} << 20;
  if ((!PyFloat_Check(given) && !PyLong_Check(given)) || PyBool_Check(given)) {
    arguments.refuse_type("memory_limit", "a number of megabytes", given);
  }
  double megabytes = PyFloat_AsDouble(given);
  if (PyErr_Occurred()) {  // an int beyond any float
    PyErr_Clear();
    megabytes = PyObject_RichCompareBool(given, py::int_(0).ptr(), Py_LT) == 1 ? -1 : kLargestLimitMb * 2;
  }
  auto shown = py::repr(given).cast<std::string>().substr(0, 40);
  if (!(megabytes >= kSmallestLimitMb))
    throw py::value_error("`memory_limit` must be at least 8, not " + shown);
  if (megabytes > kLargestLimitMb) {
    throw py::value_error("`memory_limit` is in megabytes, and " + shown + " is too much");
  }
  return static_cast<size_t>(megabytes * (1 << 20));
}

}  // namespace isolates::bind
