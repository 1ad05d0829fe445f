#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace isolates::bind {

// Memory for an ArrayBuffer that is not in the bytes, and its number.
struct CloneSpace {
  uint32_t index;
  uint8_t* data;
};

// What write_clone writes to, and whom it asks about what it can't write itself: each function gives the
// number to write behind the tag, or nothing. host_object is asked about every value that is no instance of
// None, bool, int, float, str, bytes, list, tuple, dict, set or frozenset; shared_array_buffer next, before
// the buffer protocol. An object is asked about once: when it is met again, the bytes refer back.
struct CloneSink {
  std::vector<uint8_t> bytes;
  std::string root = "$";  // what paths begin with
  std::function<std::optional<uint32_t>(pybind11::handle)> host_object;
  std::function<std::optional<uint32_t>(pybind11::handle)> shared_array_buffer;
  // Asked for every buffer, by its size; nothing: into the bytes.
  std::function<std::optional<CloneSpace>(size_t)> array_buffer;
};

// Appends the value as V8 14.4's ValueDeserializer reads it, header included. `sink.bytes` must be empty.
// Needs the GIL and no isolate. Cycles and shared objects are kept, though empty tuples, frozensets and
// bytes, which Python shares by itself, become objects of their own. What the table of README's conversions
// leaves open:
//
// - A dict whose keys are all str becomes an object, any other one a Map.
// - An ndarray, memoryview, array ... becomes the typed array of its items, in JavaScript's byte order; bool
// becomes
//   Uint8Array. One of several dimensions becomes an Array of its rows (of Arrays of them ...), typed arrays
//   on one ArrayBuffer; one without a dimension its value.
// - An exception becomes an Error of the class that its own class or a base is named for (TypeError, or a
// class of
//   one's own named RangeError), else Error; `stack` is "ValueError: text", never a traceback: that names
//   paths of the host. `__cause__` (of a JSError, `cause`) becomes its cause.
// - An enum's member becomes its value, a numpy scalar the number.
// - What can't cross raises TransferError, a TypeError, with the path to it; more than 1000 levels
// RecursionError.
void write_clone(pybind11::handle value, CloneSink& sink);

}  // namespace isolates::bind
