// Python objects that isolates hold by reference and call.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>

#include "engine/host_object.h"

namespace isolates::bind {

/// Keeps the object alive. To be called with the GIL, on the thread whose asyncio loop (if one runs) is to
/// run what the object returns, if that is awaitable.
std::shared_ptr<engine::HostObject> make_host_object(pybind11::object object);

/// The Python object of one that make_host_object has made.
pybind11::object host_object(const engine::HostObject& object);

}  // namespace isolates::bind
