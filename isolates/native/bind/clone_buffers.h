#pragma once

#include <pybind11/pybind11.h>

#include "bind/clone_reader.h"
#include "bind/clone_wire.h"
#include "bind/clone_writer.h"

namespace isolates::bind {

// An ArrayBuffer or SharedArrayBuffer of the wire, and the Python memory under the views on it.
//
// A view copies its own window, not the whole buffer. A second view that lies in a window already copied
// shares that memory; one that does not makes one copy of the whole buffer, for itself and all later ones. So
// a buffer is copied less than three times, however many views a hostile script puts on it.
class CloneBuffer {
 public:
  // An ArrayBuffer: size bytes inside the wire's.
  CloneBuffer(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  // An ArrayBuffer beside the wire.
  explicit CloneBuffer(CloneMemory memory);

  // A SharedArrayBuffer: views refer to it and copy nothing.
  explicit CloneBuffer(pybind11::object exporter);

  // bytes, or the exporter.
  pybind11::object object();

  // A numpy array if numpy can be imported, else a memoryview. DataView and Uint8ClampedArray come as uint8.
  pybind11::object read_view(WireReader& in);

 private:
  void own_window(size_t begin, size_t end);

  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  pybind11::object object_;
  pybind11::object owner_;  // a bytearray with the bytes from owner_begin_ to owner_end_, or the exporter
  size_t owner_begin_ = 0;
  size_t owner_end_ = 0;
};

// Writes a one-dimensional exporter of the buffer protocol as the typed array that matches its format: an
// ArrayBuffer of its own, in the wire or where the sink wants it, and a view on it. A reason (with nothing
// written) if no typed array matches.
const char* write_buffer(pybind11::handle exporter, WireWriter& out, const CloneSink& sink);

// The numbers that a view consists of, by V8's tag of its class; bytes for any other tag.
struct ViewItem {
  char format;  // of the struct module
  uint8_t size;
};
ViewItem item_of(char tag);

}  // namespace isolates::bind
