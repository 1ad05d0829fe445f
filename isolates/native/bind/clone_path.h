#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace isolates::bind {

// Where in a value an error is, as one would write it: $.users[3].name

void append_index(std::string& path, size_t index);

// .name where that is a name, else ["any text"] or [the key's repr].
void append_key(std::string& path, pybind11::handle key);

// The name of a value's type, with its module unless that is builtins.
std::string type_name(pybind11::handle value);

// Its repr, or its type where that fails; shortened.
std::string short_repr(pybind11::handle value);

}  // namespace isolates::bind
