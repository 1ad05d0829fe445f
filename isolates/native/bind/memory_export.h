// Memory of the engine's as Python's buffer protocol shows it.
#pragma once
#include <pybind11/pybind11.h>

#include <functional>
#include <optional>

#include "engine/backing_store.h"

namespace isolates::bind {

/// What a buffer is of. `end` is called when the last view of it is gone, with the GIL.
struct MemoryExport {
  engine::BackingStore store;
  size_t offset = 0;
  size_t length = 0;
  char format = 'B';  // of the struct module
  size_t item_size = 1;
  bool read_only = false;
  std::function<void()> end;
};

/// Makes the memory for a new view, or raises BufferError.
using MakeExport = MemoryExport (*)(PyObject* self);

int fill_buffer(PyObject* self, Py_buffer* view, int flags, MakeExport make);
void install_buffer_protocol(pybind11::handle type, getbufferproc get);

/// Gives a class the buffer protocol. Not pybind11's own, which does not tell when a view is gone.
template <MakeExport make>
void add_buffer_protocol(pybind11::handle type) {
  install_buffer_protocol(
      type, [](PyObject* self, Py_buffer* view, int flags) { return fill_buffer(self, view, flags, make); });
}

/// A writable object on memory that is Python's alone now: what arrays and views of results refer to.
pybind11::object owner_of(engine::BackingStore store);

/// A SharedArrayBuffer of Python's on this memory.
pybind11::object make_shared_array_buffer(engine::BackingStore store);
/// Nothing if it is none.
std::optional<engine::BackingStore> shared_array_buffer_of(pybind11::handle object);

void bind_memory_owner(pybind11::module_& module);
void bind_shared_array_buffer(pybind11::module_& module);

}  // namespace isolates::bind
