#include "bind/memory_export.h"

#include "bind/arguments.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

/// What a view needs while it lives.
struct LiveExport {
  MemoryExport memory;
  char format[2];
  Py_ssize_t shape;
  Py_ssize_t stride;
};

struct MemoryOwner {
  engine::BackingStore store;
};

MemoryExport export_owner(PyObject* self) {
  auto& store = self_as<MemoryOwner>(self).store;
  return {store, 0, store.length(), 'B', 1, false, {}};
}

void release_buffer(PyObject*, Py_buffer* view) {
  auto* live = static_cast<LiveExport*>(view->internal);
  if (live->memory.end) live->memory.end();
  delete live;
}

int refuse(const char* message) {
  PyErr_SetString(PyExc_BufferError, message);
  return -1;
}

}  // namespace

int fill_buffer(PyObject* self, Py_buffer* view, int flags, MakeExport make) {
  view->obj = nullptr;
  try {
    MemoryExport memory = make(self);
    if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE && memory.read_only) {
      if (memory.end) memory.end();
      return refuse("the memory is read-only");
    }
    static uint8_t nothing;  // Python wants an address, also of no bytes
    auto* live = new LiveExport{std::move(memory), {memory.format, '\0'}, 0, 0};
    const MemoryExport& it = live->memory;
    live->shape = static_cast<Py_ssize_t>(it.length / it.item_size);
    live->stride = static_cast<Py_ssize_t>(it.item_size);
    view->buf = it.length > 0 ? it.store.data() + it.offset : &nothing;
    view->len = static_cast<Py_ssize_t>(it.length);
    view->itemsize = live->stride;
    view->readonly = it.read_only ? 1 : 0;
    view->ndim = 1;
    view->format = (flags & PyBUF_FORMAT) == PyBUF_FORMAT ? live->format : nullptr;
    view->shape = (flags & PyBUF_ND) == PyBUF_ND ? &live->shape : nullptr;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &live->stride : nullptr;
    view->suboffsets = nullptr;
    view->internal = live;
    Py_INCREF(self);
    view->obj = self;
    return 0;
  } catch (py::error_already_set& error) {
    auto text = py::str(error.value()).cast<std::string>();
    return refuse(text.c_str());
  } catch (std::exception& error) {
    return refuse(error.what());
  }
}

void install_buffer_protocol(py::handle type, getbufferproc get) {
  auto* heap_type = reinterpret_cast<PyHeapTypeObject*>(type.ptr());
  heap_type->as_buffer.bf_getbuffer = get;
  heap_type->as_buffer.bf_releasebuffer = release_buffer;
  heap_type->ht_type.tp_as_buffer = &heap_type->as_buffer;
  PyType_Modified(&heap_type->ht_type);
}

py::object owner_of(engine::BackingStore store) { return py::cast(MemoryOwner{std::move(store)}); }

void bind_memory_owner(py::module_& module) {
  py::class_<MemoryOwner> type(module, "_Memory", py::is_final(),
                               "Memory that came out of an isolate; arrays refer to it.");
  type.def("__len__", [](const MemoryOwner& self) { return self.store.length(); });
  add_buffer_protocol<export_owner>(type);
}

}  // namespace isolates::bind
