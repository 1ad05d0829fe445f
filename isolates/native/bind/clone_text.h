#pragma once

#include <pybind11/pybind11.h>

#include <array>

#include "bind/clone_wire.h"

namespace isolates::bind {

// The longest string that V8 14.4 makes: 2^29 - 24 UTF-16 units.
constexpr size_t kMaxStringLength = (size_t{1} << 29) - 24;

// Reads what follows the tag of a string; lone surrogates survive.
pybind11::object read_text(Tag tag, WireReader& in);

// Writes a str with its tag. False, with nothing written, if it is too long for V8.
bool write_text(pybind11::handle text, WireWriter& out);

// Keys of objects repeat: finds the str made for the same bytes not long ago. The bytes must outlive the
// cache.
class KeyCache {
 public:
  pybind11::object read_latin1_key(WireReader& in);

 private:
  struct Slot {
    const uint8_t* data = nullptr;
    uint32_t size = 0;
    pybind11::object key;
  };
  std::array<Slot, 256> slots_;
};

}  // namespace isolates::bind
