#include "bind/interrupt.h"

#include <mutex>

#include "bind/gil.h"
#include "engine/isolate.h"
#include "lib/timer.h"

namespace isolates::bind {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);

/// What the main thread is in. Other people's signal handlers (asyncio's, ipykernel's) replace each other, so
/// nothing can hang on the signal itself. Instead the timer looks about every 50 ms, but only while calls
/// come: a tick that has seen no call since the last one is the last.
struct Watch {
  std::mutex mutex;
  std::weak_ptr<engine::Isolate> isolate;  // empty: not in a call
  bool inside = false;
  uint64_t calls = 0;
  uint64_t calls_at_tick = 0;
  bool ticking = false;
};
Watch& watch() {
  static auto* it = new Watch();
  return *it;
}

PyObject* kept = nullptr;  // guarded by the GIL

bool check_signals() {
  if (!is_python_alive()) return false;
  AcquireGil gil;
  if (PyErr_CheckSignals() == 0) return false;
  keep_exception();
  return true;
}

void schedule_tick();

void tick() {
  std::shared_ptr<engine::Isolate> busy;
  {
    std::lock_guard<std::mutex> guard(watch().mutex);
    bool same_call = watch().inside && watch().calls == watch().calls_at_tick;
    if (same_call) busy = watch().isolate.lock();
    watch().ticking = watch().inside || watch().calls != watch().calls_at_tick;
    watch().calls_at_tick = watch().calls;
    if (watch().ticking) schedule_tick();
  }
  if (busy) busy->request_check(check_signals);
}

void schedule_tick() { lib::Timer::instance().schedule(lib::SteadyClock::now() + kTick, tick); }

}  // namespace

Interruptible::Interruptible(const std::shared_ptr<engine::Isolate>& isolate) : active_(is_main_thread()) {
  if (!active_) return;
  std::lock_guard<std::mutex> guard(watch().mutex);
  ++watch().calls;
  if (watch().inside) outer_ = watch().isolate;
  watch().isolate = isolate;
  watch().inside = true;
  if (!watch().ticking) {
    watch().ticking = true;
    schedule_tick();
  }
}

Interruptible::~Interruptible() {
  if (!active_) return;
  std::lock_guard<std::mutex> guard(watch().mutex);
  watch().inside = !outer_.expired();
  watch().isolate = outer_;
}

const std::function<bool()>& Interruptible::look() const {
  static const std::function<bool()> check = check_signals;
  static const std::function<bool()> nothing;
  return active_ ? check : nothing;
}

void keep_exception() {
  Py_CLEAR(kept);
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  kept = value;
}

void raise_kept_exception() {
  if (!kept) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return;
  }
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(kept)), kept);
  Py_CLEAR(kept);
}

}  // namespace isolates::bind
