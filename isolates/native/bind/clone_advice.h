#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace isolates::bind {

// What can cross in place of such a value, as the end of a message; empty if nobody knows.
std::string advice_for(pybind11::handle value);

}  // namespace isolates::bind
