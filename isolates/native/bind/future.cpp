#include "bind/future.h"

#include <algorithm>
#include <deque>
#include <new>
#include <optional>

#include "bind/awaiting.h"
#include "bind/blocking.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/loop_mailbox.h"
#include "bind/values.h"
#include "engine/entry.h"
#include "engine/lending.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

/// Guarded by the GIL, but for `ending`, which has a mutex of its own.
struct Future {
  PyObject_HEAD;
  std::shared_ptr<Ending> ending;
  Convert convert;
  PyObject* value;  // once somebody asked: one of the two
  PyObject* error;
  int converting;  // how many threads read the outcome right now
  bool told;       // what concurrent.futures keeps in a future knows the end
};

PyTypeObject* base_type = nullptr;
PyTypeObject* future_type = nullptr;  // isolates.Future
// Made by bind_future, borrowed for good.
PyObject *timeout_error = nullptr, *cancelled_error = nullptr, *asyncio_cancelled_error = nullptr;

Future* of(PyObject* self) { return reinterpret_cast<Future*>(self); }

// --- The outcome as an object ---

/// Of one that has ended. Converting may let go of the GIL (a collection runs finalizers), so several threads
/// may be here for one future; the first object stays, so that all see the same.
void convert_outcome(Future* self) {
  if (self->value || self->error) return;
  py::object value, error;
  ++self->converting;
  try {
    const engine::Outcome& outcome = self->ending->outcome();
    if (auto* failure = std::get_if<engine::Failure>(&outcome)) {
      error = to_exception(*failure);
    } else {
      value = to_object(outcome, self->convert);
    }
  } catch (py::error_already_set& raised) {  // the value can't become Python's
    error = raised.value();
  }
  --self->converting;
  if (!self->value && !self->error) {
    self->value = value.release().ptr();
    self->error = error.release().ptr();
  }
  if (self->converting == 0) self->ending->forget_outcome();
}

PyObject* new_reference(PyObject* object) {
  Py_INCREF(object);
  return object;
}

PyObject* raise_error(PyObject* error) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error)), error);
  return nullptr;
}

PyObject* result_or_raise(Future* self, PyObject* if_cancelled) {
  if (self->ending->state() == Ending::State::kCancelled) {
    PyErr_SetNone(if_cancelled);
    return nullptr;
  }
  convert_outcome(self);
  return self->value ? new_reference(self->value) : raise_error(self->error);
}

// --- Waiting in a thread ---

/// Python's own lock, because a signal for the main thread ends a wait for it.
class ThreadWaiter {
 public:
  ThreadWaiter() : lock_(PyThread_allocate_lock()) {
    if (!lock_) throw std::bad_alloc();
    PyThread_acquire_lock(lock_, NOWAIT_LOCK);
  }
  ~ThreadWaiter() { PyThread_free_lock(lock_); }
  ThreadWaiter(const ThreadWaiter&) = delete;
  ThreadWaiter& operator=(const ThreadWaiter&) = delete;

  void end() { PyThread_release_lock(lock_); }
  PyLockStatus wait(int64_t microseconds) {
    constexpr int kEndedBySignals = 1;
    ReleaseGil unlocked;
    Blocking blocking;
    std::optional<lib::ThreadPool::Waiting> waiting;  // a done-callback that waits must not stop the pool
    if (lib::ThreadPool::current()) waiting.emplace();
    std::optional<engine::Lending> lending;  // nor a function that an isolate has called stop that one
    if (engine::Entry::innermost()) lending.emplace();
    return PyThread_acquire_lock_timed(lock_, microseconds, kEndedBySignals);
  }

 private:
  PyThread_type_lock lock_;
};

int64_t to_microseconds(double seconds) {
  constexpr double kLongest = 1e15;  // 30 years; Python's locks can't wait for 300
  return seconds > 0 ? static_cast<int64_t>(std::min(seconds * 1e6, kLongest)) : 0;
}

/// Until it is not pending. False with an exception set: time was up, or a signal's handler raised.
bool wait_end(Future* self, std::optional<double> timeout_s) {
  auto waiter = std::make_shared<ThreadWaiter>();  // the ending may still hold it when we are gone
  auto id = self->ending->watch([waiter] { waiter->end(); });
  if (id == 0) return true;
  auto end = lib::SteadyClock::now();
  if (timeout_s) end += std::chrono::microseconds(to_microseconds(*timeout_s));
  for (;;) {
    int64_t left = -1;  // for ever
    if (timeout_s) {
      std::chrono::duration<double> seconds = end - lib::SteadyClock::now();
      left = to_microseconds(seconds.count());
    }
    PyLockStatus status = waiter->wait(left);
    if (status == PY_LOCK_ACQUIRED) return true;
    if (status == PY_LOCK_INTR && PyErr_CheckSignals() == 0) continue;
    self->ending->unwatch(id);
    if (status == PY_LOCK_FAILURE) {
      if (!self->ending->is_pending()) return true;
      PyErr_SetNone(timeout_error);
    }
    return false;
  }
}

/// Waits as `result(timeout=None)` and `exception(timeout=None)` say.
bool wait_by_arguments(PyObject* it, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  auto* self = of(it);
  Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
  bool fits = count + named <= 1 &&
              (named == 0 || PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keywords, 0), "timeout") == 0);
  if (!fits) {
    PyErr_SetString(PyExc_TypeError, "a Future is asked with one argument at most: `timeout`, in seconds");
    return false;
  }
  std::optional<double> timeout_s;
  if (count + named == 1 && values[0] != Py_None) {
    timeout_s = PyFloat_AsDouble(values[0]);
    if (*timeout_s == -1 && PyErr_Occurred()) return false;
  }
  return !self->ending->is_pending() || wait_end(self, timeout_s);
}

// --- Methods ---

PyObject* result(PyObject* it, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  if (!wait_by_arguments(it, values, count, keywords)) return nullptr;
  return result_or_raise(of(it), cancelled_error);
}

PyObject* exception(PyObject* it, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  if (!wait_by_arguments(it, values, count, keywords)) return nullptr;
  auto* self = of(it);
  if (self->ending->state() == Ending::State::kCancelled) return result_or_raise(self, cancelled_error);
  convert_outcome(self);
  return new_reference(self->error ? self->error : Py_None);
}

PyObject* done(PyObject* it, PyObject*) { return PyBool_FromLong(!of(it)->ending->is_pending()); }

PyObject* cancelled(PyObject* it, PyObject*) {
  return PyBool_FromLong(of(it)->ending->state() == Ending::State::kCancelled);
}

PyObject* running(PyObject*, PyObject*) { Py_RETURN_FALSE; }  // it may be cancelled at any time

// --- What concurrent.futures keeps in a future ---

bool has_kept(PyObject* it) {
  auto fields = py::reinterpret_steal<py::object>(PyObject_GenericGetDict(it, nullptr));
  return fields && PyDict_GetItemString(fields.ptr(), "_condition") != nullptr;
}

/// Tells it the end, once: `Future._end`.
void tell_kept(PyObject* it) {
  if (of(it)->told) return;
  of(it)->told = true;
  try {
    py::handle(it).attr("_end")();
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("isolates: the end of an asynchronous call");
  }
}

/// Futures to tell, one job of the pool for each: a done-callback may take its time or wait for another call,
/// and must hold up nobody. They are taken out with the GIL, so the first that has it takes the first.
class ToTell {
 public:
  static ToTell& instance() {
    static auto* it = new ToTell();
    return *it;
  }

  void put(PyObject* future) {
    {
      std::lock_guard<std::mutex> guard(mutex_);
      futures_.push_back(future);
    }
    lib::ThreadPool::instance().post([this] { tell_next(); });
  }

 private:
  void tell_next() {
    if (!is_python_alive()) return;
    lib::ThreadPool::Waiting waiting;  // for the callbacks, which may take their time
    AcquireGil gil;
    PyObject* next;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      next = futures_.front();
      futures_.pop_front();
    }
    tell_kept(next);
    Py_DECREF(next);
  }

  std::mutex mutex_;  // a leaf
  std::deque<PyObject*> futures_;
};

/// `fields`: of a new concurrent.futures.Future. Ours gets them, unless another thread was faster, and from
/// then on they are told the end, too.
PyObject* adopt(PyObject* it, PyObject* fields) {
  auto* self = of(it);
  auto own = py::reinterpret_steal<py::object>(PyObject_GenericGetDict(it, nullptr));
  if (!own) return nullptr;
  if (PyDict_GetItemString(own.ptr(), "_condition")) Py_RETURN_NONE;
  // All at once: filling a dictionary with str keys runs no code and does not let go of the GIL.
  if (PyDict_Update(own.ptr(), fields) < 0) return nullptr;
  Py_INCREF(it);  // the watcher's
  if (!self->ending->watch([it] { ToTell::instance().put(it); })) {
    tell_kept(it);
    Py_DECREF(it);
  }
  Py_RETURN_NONE;
}

PyObject* cancel(PyObject* it, PyObject*) {
  auto* self = of(it);
  bool cancelled = self->ending->state() == Ending::State::kCancelled;
  if (self->ending->is_pending()) {
    ReleaseGil unlocked;
    cancelled = self->ending->cancel();
  }
  if (cancelled && has_kept(it)) tell_kept(it);  // here and now, as done-callbacks expect
  return PyBool_FromLong(cancelled);
}

// --- Life ---

PyObject* refuse_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError, "an isolates.Future is made by an asynchronous call");
  return nullptr;
}

int traverse(PyObject* it, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(it));
  Py_VISIT(of(it)->value);
  Py_VISIT(of(it)->error);
  return 0;
}

/// In a cycle of rubbish only. `ending` stays: finalizers may still ask.
int clear(PyObject* it) {
  Py_CLEAR(of(it)->value);
  Py_CLEAR(of(it)->error);
  return 0;
}

void free_future(PyObject* it) {
  PyObject_GC_UnTrack(it);
  clear(it);
  of(it)->ending.~shared_ptr();
  PyTypeObject* type = Py_TYPE(it);
  type->tp_free(it);
  Py_DECREF(type);
}

Future* new_future(std::shared_ptr<Ending> ending, Convert convert) {
  if (!future_type) {
    py::object type = py::module_::import("isolates.future").attr("Future");
    future_type = reinterpret_cast<PyTypeObject*>(type.release().ptr());
  }
  PyObject* it = future_type->tp_alloc(future_type, 0);
  if (!it) throw py::error_already_set();
  new (&of(it)->ending) std::shared_ptr<Ending>(std::move(ending));
  of(it)->convert = convert;
  return of(it);
}

template <class Function>
PyCFunction method(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef methods[] = {
    {"result", method(result), METH_FASTCALL | METH_KEYWORDS,
     "result($self, timeout=None)\n--\n\nThe result, or raises what the call ended with; waits for up to "
     "`timeout` seconds, then TimeoutError."},
    {"exception", method(exception), METH_FASTCALL | METH_KEYWORDS,
     "exception($self, timeout=None)\n--\n\nWhat the call raised, or None; waits as `result` does."},
    {"done", done, METH_NOARGS, "done($self)\n--\n\nWhether the call has ended or was cancelled."},
    {"cancelled", cancelled, METH_NOARGS, "cancelled($self)\n--\n\nWhether the call was cancelled."},
    {"running", running, METH_NOARGS, "running($self)\n--\n\nFalse: until its end a call can be cancelled."},
    {"cancel", cancel, METH_NOARGS,
     "cancel($self)\n--\n\nEnds the call as cancelled, unless it has ended. True if it is cancelled now."},
    {"_adopt", adopt, METH_O, "_adopt($self, fields, /)\n--\n\nSee isolates.Future."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

py::object make_future(std::shared_ptr<Ending> ending, Convert convert) {
  return py::reinterpret_steal<py::object>(
      reinterpret_cast<PyObject*>(new_future(std::move(ending), convert)));
}

py::object make_failed_future(const py::object& exception) {
  auto ending = std::make_shared<Ending>();
  ending->end(engine::Value(engine::Undefined{}));
  Future* future = new_future(std::move(ending), nullptr);
  future->error = new_reference(exception.ptr());
  return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(future));
}

Ending& ending_of(PyObject* future) { return *of(future)->ending; }

PyObject* awaited_result(PyObject* future) { return result_or_raise(of(future), asyncio_cancelled_error); }

void bind_future(py::module_& module) {
  bind_loop_mailbox();
  bind_awaiting();
  static PyType_Slot slots[] = {{Py_tp_doc, const_cast<char*>("The native half of isolates.Future.")},
                                {Py_tp_new, reinterpret_cast<void*>(refuse_new)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(free_future)},
                                {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                                {Py_tp_clear, reinterpret_cast<void*>(clear)},
                                {Py_am_await, reinterpret_cast<void*>(make_awaiting)},
                                {Py_tp_methods, methods},
                                {0, nullptr}};
  static PyType_Spec spec{"isolates._native._Future", sizeof(Future), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, slots};
  base_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!base_type) throw py::error_already_set();
  module.attr("_Future") = py::handle(reinterpret_cast<PyObject*>(base_type));
  auto futures = py::module_::import("concurrent.futures");
  timeout_error = py::object(futures.attr("TimeoutError")).release().ptr();
  cancelled_error = py::object(futures.attr("CancelledError")).release().ptr();
  asyncio_cancelled_error = py::object(py::module_::import("asyncio").attr("CancelledError")).release().ptr();
}

}  // namespace isolates::bind
