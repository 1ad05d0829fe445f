// SharedArrayBuffer, as Python sees it.
#include "bind/arguments.h"
#include "bind/errors.h"
#include "bind/memory_export.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::BackingStore;

struct SharedArrayBufferObject {
  BackingStore store;
};

constexpr Signature kBufferInit{"SharedArrayBuffer", "byte_length, *, max_byte_length=None", ""};

size_t read_length(const Arguments& arguments, const char* name) {
  PyObject* given = arguments.get(name);
  if (!PyLong_Check(given) || PyBool_Check(given)) arguments.refuse_type(name, "an int", given);
  int overflow = 0;
  long long value = PyLong_AsLongLongAndOverflow(given, &overflow);
  if (overflow != 0 || value < 0 || static_cast<size_t>(value) > engine::kMaxBufferBytes)
    arguments.refuse_value(name, "an int from 0 to 2^35 - 1", given);
  return static_cast<size_t>(value);
}

SharedArrayBufferObject make(const Arguments& arguments) {
  size_t length = read_length(arguments, "byte_length");
  PyObject* most = arguments.get("max_byte_length");
  BackingStore store;
  if (most && most != Py_None) {
    size_t max_length = read_length(arguments, "max_byte_length");
    if (max_length < length) arguments.refuse_value("max_byte_length", "at least `byte_length`", most);
    store = BackingStore::allocate_resizable(length, max_length, v8abi::kShared, nullptr, nullptr);
  } else {
    store = BackingStore::allocate(length, v8abi::kShared);
    // Python's own: no copy holds it.
    if (store)
      engine::MemoryLedger::instance().move({store.memory(&engine::ArrayBuffers::of_host())}, nullptr);
  }
  if (!store) {
    PyErr_NoMemory();
    throw py::error_already_set();
  }
  return {std::move(store)};
}

const BackingStore& store_of(PyObject* self) { return self_as<SharedArrayBufferObject>(self).store; }

MemoryExport export_memory(PyObject* self) {
  const BackingStore& store = store_of(self);
  return {store, 0, store.length(), 'B', 1, false, {}};
}

py::object byte_length(PyObject* self) { return py::int_(store_of(self).length()); }
py::object max_byte_length(PyObject* self) { return py::int_(store_of(self).max_length()); }
py::object growable(PyObject* self) { return py::bool_(store_of(self).is_resizable()); }

constexpr char kBufferDoc[] =
    "SharedArrayBuffer(byte_length, *, max_byte_length=None)\n--\n\n"
    "Memory that Python and any number of isolates share: zeroed bytes at first.\n\n"
    "Passed into an isolate it is a SharedArrayBuffer there, and one that comes out of an isolate by copy is "
    "this "
    "class:\n"
    "the same memory, never a copy. It has the buffer protocol, writable: `memoryview(it)` and "
    "`numpy.frombuffer(it,\n"
    "dtype)` read and write JavaScript's memory. Nobody waits for anybody: what several threads touch needs "
    "Atomics in\n"
    "JavaScript, or an order of your own. It outlives its isolate and is freed when nobody has it any more. "
    "Each "
    "isolate\n"
    "that has it pays for it, against its `memory_limit`; Python's part is not counted anywhere.\n"
    "With `max_byte_length` it can grow, by JavaScript's `grow()`; a view that Python has made keeps its "
    "length.\n\n"
    "Raises MemoryError, and ValueError for lengths that V8 does not take. Any thread. README: Class "
    "ExternalCopy.";

}  // namespace

py::object make_shared_array_buffer(BackingStore store) {
  return py::cast(SharedArrayBufferObject{std::move(store)});
}

std::optional<BackingStore> shared_array_buffer_of(py::handle object) {
  if (!py::isinstance<SharedArrayBufferObject>(object)) return std::nullopt;
  return store_of(object.ptr());
}

void bind_shared_array_buffer(py::module_& module) {
  py::class_<SharedArrayBufferObject> type(module, "SharedArrayBuffer", py::is_final(), kBufferDoc);
  py::options options;
  options.disable_function_signatures();
  add_init<SharedArrayBufferObject, kBufferInit, make>(type);
  type.def("__len__", [](const py::object& self) { return store_of(self.ptr()).length(); });
  add_property<byte_length>(type, "byte_length", "Its length now, in bytes; also `len(it)`.");
  add_property<max_byte_length>(type, "max_byte_length", "The length up to which it can grow.");
  add_property<growable>(type, "growable", "Whether it can grow.");
  add_buffer_protocol<export_memory>(type);
}

}  // namespace isolates::bind
