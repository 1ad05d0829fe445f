// The GIL around the engine: never held while JavaScript runs or while a thread waits for it.
#pragma once
#include <pybind11/pybind11.h>

#include <functional>

namespace isolates::bind {

/// False from the moment that the interpreter begins to end: from then on no thread of ours takes the GIL.
bool is_python_alive();

/// Takes the GIL on any thread, after a look at is_python_alive().
class AcquireGil {
 public:
  AcquireGil();
  ~AcquireGil() { PyGILState_Release(state_); }
  AcquireGil(const AcquireGil&) = delete;
  AcquireGil& operator=(const AcquireGil&) = delete;

 private:
  PyGILState_STATE state_;
};

/// Gives the GIL away for a scope. At the interpreter's end a thread other than the main one stays in the
/// destructor for good: Python would end it there, which must not unwind C++ frames.
class ReleaseGil {
 public:
  ReleaseGil() : state_(PyEval_SaveThread()) {}
  ~ReleaseGil();
  ReleaseGil(const ReleaseGil&) = delete;
  ReleaseGil& operator=(const ReleaseGil&) = delete;

 private:
  PyThreadState* state_;
};

/// Drops a reference from any thread, or leaks it when Python is gone.
struct DropWithGil {
  void operator()(PyObject* object) const;
};
std::shared_ptr<PyObject> share(pybind11::object object);

/// For the module: what holds from import to exit. `shut_down` stops all JavaScript and waits a moment.
void remember_main_thread();
bool is_main_thread();
void shut_down();

}  // namespace isolates::bind
