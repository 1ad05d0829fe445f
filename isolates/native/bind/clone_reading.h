#pragma once

#include <pybind11/pybind11.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bind/clone_buffers.h"
#include "bind/clone_reader.h"
#include "bind/clone_text.h"
#include "bind/clone_wire.h"

namespace isolates::bind {

// An object that is being filled.
struct ReaderFrame {
  enum class Kind { kObject, kDenseArray, kArrayProperties, kSparseArray, kMap, kSet, kError };

  ReaderFrame(Kind kind, pybind11::object target, uint32_t id)
      : kind(kind), target(std::move(target)), id(id) {}

  Kind kind;
  pybind11::object target;  // null for an error that is still being read
  uint32_t id;
  pybind11::object key;    // the pending key of an object or Map, null between two entries
  uint32_t count = 0;      // entries so far; keys and values of a Map, as the wire counts
  uint32_t length = 0;     // of an array
  uint32_t index = 0;      // of the pending element
  bool is_indexed = true;  // whether the pending property of an array is an element
  std::unique_ptr<CloneErrorParts> error;
};

// An object that a later back reference may name.
struct ReaderEntry {
  explicit ReaderEntry(pybind11::object value) : value(std::move(value)) {}

  pybind11::object value;
  CloneBuffer* buffer = nullptr;
};

// Reads one message. It never recurses: what contains other values is a frame on a stack of its own, and a
// value that is complete is delivered into the innermost frame. clone_reader.cpp reads values,
// clone_containers.cpp fills the frames. Lives on the stack of a thread that holds the GIL.
class CloneReader {
 public:
  CloneReader(const uint8_t* data, size_t size, const CloneTables& tables);

  pybind11::object read();

 private:
  void read_value();
  pybind11::object read_primitive(Tag tag);
  void read_object(Tag tag);
  void read_boxed(Tag tag);
  void read_date();
  void read_regexp();
  void read_reference();
  void read_host_object();
  void read_buffer(Tag tag);
  void finish_buffer(uint32_t id);

  void open(ReaderFrame::Kind kind, pybind11::object target);
  void open_array(ReaderFrame::Kind kind);
  void step();
  void step_object(ReaderFrame& frame);
  void step_dense_array(ReaderFrame& frame);
  void step_properties(ReaderFrame& frame, Tag end);
  void step_entries(ReaderFrame& frame, Tag end);
  void step_error(ReaderFrame& frame);
  void close();

  void deliver(pybind11::object value);
  void deliver_element(ReaderFrame& frame, pybind11::object value);
  void deliver_map(ReaderFrame& frame, pybind11::object value);
  void deliver_set(ReaderFrame& frame, pybind11::object value);
  void pad_array(const pybind11::object& list, size_t length);

  pybind11::object read_string();
  pybind11::object read_key();
  pybind11::object from_table(const std::function<pybind11::object(uint32_t)>& table, const char* what);
  const pybind11::object& error_object(ReaderFrame& frame);
  uint32_t add_entry(pybind11::object value);
  void expect_count(uint32_t count);
  std::string path() const;
  [[noreturn]] void refuse(const std::string& why) const { throw_transfer_error(path() + " " + why); }

  WireReader in_;
  const CloneTables& tables_;
  pybind11::object undefined_;
  std::vector<ReaderFrame> frames_;
  std::vector<ReaderEntry> entries_;
  std::deque<CloneBuffer> buffers_;  // a deque, for addresses that last
  KeyCache keys_;
  size_t holes_left_;
  pybind11::object result_;
};

}  // namespace isolates::bind
