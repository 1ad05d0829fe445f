#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <functional>

namespace isolates::bind {

// What the bytes say of an Error.
struct CloneErrorParts {
  const char* name;          // Error, TypeError ...: the classes that V8 tells apart, and AggregateError
  pybind11::object message;  // a str; "" if there is none
  pybind11::object stack;    // a str, or None
};

// An ArrayBuffer that is not in the bytes.
struct CloneMemory {
  const uint8_t* data;
  size_t size;
  pybind11::object owner;  // what views refer to, with the buffer protocol; null: they copy what they need
};

// What the bytes refer to by number. An empty function means: refuse with TransferError.
struct CloneTables {
  std::function<pybind11::object(uint32_t)> shared_array_buffer;  // with the buffer protocol
  std::function<CloneMemory(uint32_t)> transferred_array_buffer;
  std::function<pybind11::object(uint32_t)> host_object;
  // Makes the exception; the reader sets its attribute `cause` afterwards, as a cause may refer back to it.
  std::function<pybind11::object(const CloneErrorParts&)> make_error;
};

// Makes Python objects of what V8 14.4's ValueSerializer wrote. Needs the GIL and no isolate. Cycles and
// shared objects are kept; nesting of any depth is read without recursion; bytes that V8 did not write raise
// TransferError. What the table of README's conversions leaves open:
//
// - An array's holes are undefined; its named properties are dropped. More than 4 Mi holes in one message are
//   refused: `new Array(4e9)` is six bytes long here and 32 GB there.
// - Map keys and Set members must be hashable in Python and differ there: {1, true} is refused, not merged.
// - A Date that is invalid, or outside of datetime's years 1 to 9999, is refused.
// - Boxed primitives come as the primitive, a RegExp as the str /source/flags (Python's re means other things
// by
//   the same pattern), a DataView like a Uint8Array.
// - Views of one ArrayBuffer see CloneBuffer's comment.
pybind11::object read_clone(const uint8_t* data, size_t size, const CloneTables& tables);

}  // namespace isolates::bind
