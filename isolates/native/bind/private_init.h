// Classes of which Python makes no objects: methods of others do.
#pragma once
#include <pybind11/pybind11.h>

#include <string>

namespace isolates::bind {

/// "`Context` constructor is private", whatever it is called with.
template <class T>
void add_private_init(pybind11::class_<T>& type) {
  type.def(pybind11::init([](const pybind11::args&, const pybind11::kwargs&) -> T {
             auto name = pybind11::type::of<T>().attr("__name__").template cast<std::string>();
             throw pybind11::type_error("`" + name + "` constructor is private");
           }),
           "There is none.");
}

}  // namespace isolates::bind
