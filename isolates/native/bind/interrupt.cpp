#include "bind/interrupt.h"

#include <atomic>
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
  std::weak_ptr<engine::Isolate> isolate;  // that of the innermost call, or of the last
  // Written by the main thread, in every call, so without the mutex.
  std::atomic<bool> inside{false};
  std::atomic<uint64_t> calls{0};
  uint64_t calls_at_tick = 0;
  std::atomic<bool> ticking{false};  // written with the mutex
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
    // A call that begins right now sets `inside` and then looks at `ticking`, we do the opposite: one of us
    // sees the other. If it sees that the ticks have stopped it starts them, after us, with the mutex.
    watch().ticking.store(false);
    bool inside = watch().inside.load();
    uint64_t calls = watch().calls.load(std::memory_order_relaxed);
    bool same_calls = calls == watch().calls_at_tick;
    if (inside && same_calls) busy = watch().isolate.lock();
    watch().calls_at_tick = calls;
    if (inside || !same_calls) {
      watch().ticking.store(true);
      schedule_tick();
    }
  }
  if (busy) busy->request_check(check_signals);
}

/// Without a look at what they point to, and without counting.
bool is_same(const std::weak_ptr<engine::Isolate>& left, const std::shared_ptr<engine::Isolate>& right) {
  return !left.owner_before(right) && !right.owner_before(left);
}

void schedule_tick() { lib::Timer::instance().schedule(lib::SteadyClock::now() + kTick, tick); }

}  // namespace

Interruptible::Interruptible(const std::shared_ptr<engine::Isolate>& isolate) : active_(is_main_thread()) {
  if (!active_) return;
  Watch& all = watch();
  if (all.inside) outer_ = all.isolate;  // only this thread changes it
  all.calls.store(all.calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (!is_same(all.isolate, isolate)) {
    std::lock_guard<std::mutex> guard(all.mutex);
    all.isolate = isolate;
  }
  all.inside.store(true);
  if (all.ticking.load()) return;
  std::lock_guard<std::mutex> guard(all.mutex);
  if (all.ticking) return;
  all.ticking.store(true);
  schedule_tick();
}

Interruptible::~Interruptible() {
  if (!active_) return;
  watch().inside.store(!outer_.expired(), std::memory_order_release);
  if (outer_.expired()) return;
  std::lock_guard<std::mutex> guard(watch().mutex);
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
