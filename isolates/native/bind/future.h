// Future's native half: the base class of isolates.Future.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>

#include "bind/call.h"
#include "bind/ending.h"

namespace isolates::bind {

/// An isolates.Future; its call is not queued yet. `convert`: as for `call`.
pybind11::object make_future(std::shared_ptr<Ending> ending, Convert convert);

/// For `await`.
Ending& ending_of(PyObject* future);
/// A new reference to the result, or null with the exception set, asyncio's CancelledError if it was
/// cancelled. Of one that is not pending.
PyObject* awaited_result(PyObject* future);

void bind_future(pybind11::module_& module);

}  // namespace isolates::bind
