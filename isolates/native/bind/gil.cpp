#include "bind/gil.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

#include "engine/heap_budget.h"
#include "engine/isolate.h"
#include "lib/process.h"

namespace isolates::bind {
namespace {

std::atomic<bool> python_alive{true};
unsigned long main_thread = 0;

constexpr int kShutdownMs = 1000;

/// How many threads are about to have the GIL. Python ends a thread that asks for it too late by unwinding
/// its stack, which C++ frames do not survive: so shut_down waits for those that asked in time, and the
/// others see that Python is gone.
std::atomic<int> taking{0};

/// Making a thread's state and freeing it again costs two system calls each time: a thread that Python does
/// not know, of the pool, keeps its own from when it first has the GIL until it ends.
class KeptState {
 public:
  KeptState() = default;
  KeptState(const KeptState&) = delete;
  KeptState& operator=(const KeptState&) = delete;

  /// With the GIL.
  void keep() {
    if (!kept_) PyGILState_Ensure();
    kept_ = true;
  }

  ~KeptState() {
    if (!kept_ || lib::is_forked_child()) return;
    ++taking;
    if (!is_python_alive()) {  // the interpreter frees what it finds
      --taking;
      return;
    }
    PyGILState_Ensure();
    --taking;
    PyGILState_Release(PyGILState_LOCKED);
    PyGILState_Release(PyGILState_UNLOCKED);  // frees it and gives the GIL away
  }

 private:
  bool kept_ = false;
};

thread_local KeptState kept_state;

}  // namespace

bool is_python_alive() { return python_alive.load(std::memory_order_acquire); }

AcquireGil::AcquireGil() {
  ++taking;
  if (!is_python_alive() && !is_main_thread()) {  // it ended between the caller's look and now
    --taking;
    for (;;) pause();
  }
  bool is_stranger = !PyGILState_GetThisThreadState();
  state_ = PyGILState_Ensure();
  --taking;
  if (is_stranger) kept_state.keep();
}

ReleaseGil::~ReleaseGil() {
  ++taking;
  if (!is_python_alive() && !is_main_thread()) {
    --taking;
    for (;;) pause();
  }
  PyEval_RestoreThread(state_);
  --taking;
}

void DropWithGil::operator()(PyObject* object) const {
  if (!object || !is_python_alive()) return;
  AcquireGil gil;
  Py_DECREF(object);
}

std::shared_ptr<PyObject> share(pybind11::object object) { return {object.release().ptr(), DropWithGil{}}; }

void remember_main_thread() {
  auto main = pybind11::module_::import("threading").attr("main_thread")();
  main_thread = main.attr("ident").cast<unsigned long>();
}

bool is_main_thread() { return PyThread_get_thread_ident() == main_thread; }

void shut_down() {
  if (lib::is_forked_child()) return;
  auto isolates = engine::HeapBudget::instance().isolates();
  for (auto& isolate : isolates) {
    if (!isolate->is_disposed() && isolate->hooks().on_forgotten) isolate->hooks().on_forgotten();
  }
  python_alive.store(false, std::memory_order_release);
  ReleaseGil release;
  for (auto& isolate : isolates) isolate->terminate();
  lib::ThreadPool::instance().wait_shutdown(kShutdownMs);
  for (int waited = 0; taking > 0 && waited < kShutdownMs; ++waited) usleep(1000);
}

}  // namespace isolates::bind
