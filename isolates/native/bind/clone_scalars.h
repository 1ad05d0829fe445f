#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "bind/clone_wire.h"

namespace isolates::bind {

// Beyond this a double no longer tells neighbouring integers apart: an int outside becomes a BigInt.
constexpr int64_t kMaxExactInteger = int64_t{1} << 53;

// An int if the number is an integer within 2^53 and not -0, else a float.
pybind11::object number_object(double value);

// An index or number used as a property's name, as JavaScript spells it.
pybind11::object number_key(double value, const WireReader& in);

// What follows the tag of a BigInt.
pybind11::object read_bigint(WireReader& in);

// An int with its tag, of any size. False, with nothing written, if it is too large for V8.
bool write_int(pybind11::handle value, WireWriter& out);

// An aware datetime in UTC; null if datetime can't hold it: an invalid Date or a year outside 1 to 9999.
pybind11::object date_object(double ms);

bool is_datetime(pybind11::handle value);

// Milliseconds since 1970; microseconds are cut off. False for a naive datetime (and for pandas' NaT).
bool datetime_to_ms(pybind11::handle value, double& ms);

// /source/flags as JavaScript prints it.
pybind11::object regexp_text(const pybind11::object& source, uint32_t flags);

}  // namespace isolates::bind
