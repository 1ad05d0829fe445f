#include "bind/host_mark.h"

#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace isolates::bind {
namespace {

bool is_used = false;  // with the GIL; so that only kernels pay for the look

/// A ContextVar, as each asyncio task has its own of those. It lives as long as the process.
PyObject* variable() {
  static PyObject* it = PyContextVar_New("isolates_mark", nullptr);
  if (!it) throw py::error_already_set();
  return it;
}

}  // namespace

void set_host_mark(engine::Mark mark) {
  is_used = true;
  auto token = py::reinterpret_steal<py::object>(PyContextVar_Set(variable(), py::int_(mark).ptr()));
  if (!token) throw py::error_already_set();
}

void mark_by_host(engine::Operation& operation) {
  if (!is_used || operation.mark() != 0) return;
  PyObject* value = nullptr;
  if (PyContextVar_Get(variable(), nullptr, &value) < 0) throw py::error_already_set();
  auto owned = py::reinterpret_steal<py::object>(value);
  if (owned) operation.set_mark(owned.cast<engine::Mark>());
}

}  // namespace isolates::bind
