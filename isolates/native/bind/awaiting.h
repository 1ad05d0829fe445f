// One `await` of a Future, as the event loop sees it.
#pragma once
#include <pybind11/pybind11.h>

namespace isolates::bind {

/// The iterator behind `await future`. With the GIL.
PyObject* make_awaiting(PyObject* future);

/// Its call has ended: wakes the task that waits, in the loop's thread, inside a callback of the loop. With
/// the GIL. False with KeyboardInterrupt or SystemExit set if the task raised it.
bool tell(PyObject* awaiting);

void bind_awaiting();

}  // namespace isolates::bind
