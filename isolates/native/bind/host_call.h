// Calls of Python, to Python, through a Reference: the same forms and rules as for an isolate's functions.
#pragma once
#include <memory>
#include <vector>

#include "bind/call.h"
#include "engine/host_object.h"

namespace isolates::bind {

/// kSync: calls it here. Else on the pool, in order; awaitables are awaited.
pybind11::object call_host(Form form, const std::shared_ptr<engine::HostObject>& host,
                           std::vector<engine::Value> arguments);

pybind11::object copy_host(Form form, const std::shared_ptr<engine::HostObject>& host);

}  // namespace isolates::bind
