#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "bind/clone_reader.h"
#include "bind/clone_wire.h"
#include "bind/clone_writer.h"

namespace isolates::bind {

struct ViewType;

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

// What PyObject_GetBuffer takes, and gives back.
struct TakenBuffer {
  explicit TakenBuffer(pybind11::handle exporter)
      : is_taken(PyObject_GetBuffer(exporter.ptr(), &view, PyBUF_FULL_RO) == 0) {}
  ~TakenBuffer() {
    if (is_taken) PyBuffer_Release(&view);
  }
  TakenBuffer(const TakenBuffer&) = delete;
  TakenBuffer& operator=(const TakenBuffer&) = delete;

  Py_buffer view{};
  const bool is_taken;
};

// An exporter of the buffer protocol on its way into the wire: an ArrayBuffer and views on it.
class BufferSource {
 public:
  // Raises what Python code of the exporter raises.
  explicit BufferSource(pybind11::handle exporter);

  // Why it can't cross; empty if it can.
  const std::string& refusal() const { return refusal_; }
  // The length of each dimension, of which there is at least one.
  const std::vector<size_t>& shape() const { return shape_; }

  // An ArrayBuffer with all of its items, row by row, in the wire or where the sink wants it.
  void write_memory(WireWriter& out, const CloneSink& sink) const;
  // Behind that, or behind a reference to it: so many items from there on, as the typed array that matches.
  void write_view(WireWriter& out, size_t first, size_t count) const;

 private:
  std::string why_refused();

  const TakenBuffer taken_;
  const Py_buffer& view_ = taken_.view;
  const ViewType* type_ = nullptr;
  bool big_endian_ = false;
  std::vector<size_t> shape_;
  std::string refusal_;
};

// The numbers that a view consists of, by V8's tag of its class; bytes for any other tag.
struct ViewItem {
  char format;  // of the struct module
  uint8_t size;
};
ViewItem item_of(char tag);

}  // namespace isolates::bind
