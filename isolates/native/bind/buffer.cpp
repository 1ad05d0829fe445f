#include "bind/buffer.h"

#include "bind/errors.h"
#include "bind/handles.h"

namespace py = pybind11;

namespace isolates::bind {

BufferArgument::BufferArgument(const Arguments& arguments, const char* name) {
  PyObject* given = arguments.get(name);
  if (!given || given == Py_None) return;
  if (!PyObject_CheckBuffer(given)) arguments.refuse_type(name, "bytes, a buffer or None", given);
  if (py::isinstance<ExternalCopyObject>(given) && !self_as<ExternalCopyObject>(given).copy)
    raise({engine::Fault::kReleased, "Copy has been released", {}});
  if (PyObject_GetBuffer(given, &buffer_, PyBUF_SIMPLE) == 0) {
    is_given_ = true;
    return;
  }
  py::error_already_set error;
  if (!error.matches(PyExc_BufferError)) throw error;
  throw py::type_error(std::string("`") + arguments.method() + "` requires `" + name +
                       "` to be bytes or another buffer: " + py::str(error.value()).cast<std::string>());
}

}  // namespace isolates::bind
