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

}  // namespace

bool is_python_alive() { return python_alive.load(std::memory_order_acquire); }

AcquireGil::AcquireGil() {
  ++taking;
  if (!is_python_alive() && !is_main_thread()) {  // it ended between the caller's look and now
    --taking;
    for (;;) pause();
  }
  state_ = PyGILState_Ensure();
  --taking;
  // Making a thread's state and freeing it again costs two system calls each time: the pool's threads keep
  // theirs.
  static thread_local bool kept = false;
  if (!kept && !is_main_thread()) PyGILState_Ensure();
  kept = true;
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
