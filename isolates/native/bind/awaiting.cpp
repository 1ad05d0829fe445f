#include "bind/awaiting.h"

#include "bind/future.h"
#include "bind/gil.h"
#include "bind/loop_mailbox.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

/// Iterator and Future-like object in one (`asyncio.isfuture`): a task that awaits our future gets this
/// from its coroutine and hangs its wake-up on it, as on an asyncio future of the running loop. Compared with
/// a real one, the task is woken inside the callback that brought the end, one turn of the loop earlier,
/// and half of the objects are not made.
///
/// Only its loop's thread touches it, but for the one reference that the ending's watcher holds and the
/// mailbox hands on.
struct Awaiting {
  PyObject_HEAD;
  enum class State : uint8_t { kFresh, kWaiting, kOver, kCancelled };
  PyObject* future;
  PyObject* loop;       // from kWaiting on
  PyObject* callbacks;  // list of (callback, context)
  PyObject* message;    // of the cancellation
  State state;
  bool blocking;  // see asyncio.Task: set when it is yielded, cleared by the task that takes it
};

PyTypeObject* awaiting_type = nullptr;
// Made by bind_awaiting, borrowed for good.
PyObject *get_running_loop = nullptr, *cancelled_error = nullptr, *name_call_soon = nullptr;

Awaiting* of(PyObject* self) { return reinterpret_cast<Awaiting*>(self); }

// --- The iterator ---

/// Watches the future for the running loop. False with an exception set; if the future has ended
/// meanwhile the state stays kFresh.
bool start_waiting(Awaiting* self) {
  auto loop = py::reinterpret_steal<py::object>(PyObject_CallNoArgs(get_running_loop));
  if (!loop) return false;
  auto mailbox = LoopMailbox::of(loop.ptr());
  if (!mailbox) return false;
  auto* it = reinterpret_cast<PyObject*>(self);
  Py_INCREF(it);  // the watcher's: no other thread could count it
  if (!ending_of(self->future).watch([mailbox = std::move(mailbox), it] { mailbox->put(it); })) {
    Py_DECREF(it);
    return true;
  }
  self->loop = loop.release().ptr();
  self->state = Awaiting::State::kWaiting;
  self->blocking = true;
  return true;
}

PySendResult send(PyObject* it, PyObject*, PyObject** result) {
  auto* self = of(it);
  *result = nullptr;
  if (self->state == Awaiting::State::kFresh && ending_of(self->future).is_pending()) {
    if (!start_waiting(self)) return PYGEN_ERROR;
    if (self->state == Awaiting::State::kWaiting) {
      Py_INCREF(it);
      *result = it;
      return PYGEN_NEXT;
    }
  }
  if (self->state == Awaiting::State::kWaiting) {
    PyErr_SetString(PyExc_RuntimeError, "await wasn't used with future");  // asyncio's words
    return PYGEN_ERROR;
  }
  *result = awaited_result(self->future);
  return *result ? PYGEN_RETURN : PYGEN_ERROR;
}

PyObject* iterate(PyObject* it) {
  PyObject* result;
  PySendResult sent = send(it, Py_None, &result);
  if (sent != PYGEN_RETURN) return result;
  // Not PyErr_SetObject with the result: it would take a tuple apart, and an exception as it is.
  PyObject* stop = PyObject_CallOneArg(PyExc_StopIteration, result);
  Py_DECREF(result);
  if (stop) PyErr_SetObject(PyExc_StopIteration, stop);
  Py_XDECREF(stop);
  return nullptr;
}

// --- The Future-like object ---

PyObject* get_blocking(PyObject* it, void*) { return PyBool_FromLong(of(it)->blocking); }

int set_blocking(PyObject* it, PyObject* value, void*) {
  int truth = value ? PyObject_IsTrue(value) : 0;
  if (truth < 0) return -1;
  of(it)->blocking = truth != 0;
  return 0;
}

PyObject* get_loop(PyObject* it, PyObject*) {
  PyObject* loop = of(it)->loop ? of(it)->loop : Py_None;
  Py_INCREF(loop);
  return loop;
}

bool is_over(Awaiting* self) {
  return self->state == Awaiting::State::kOver || self->state == Awaiting::State::kCancelled;
}

PyObject* done(PyObject* it, PyObject*) { return PyBool_FromLong(is_over(of(it))); }

PyObject* cancelled(PyObject* it, PyObject*) {
  auto* self = of(it);
  bool is = self->state == Awaiting::State::kCancelled ||
            (is_over(self) && ending_of(self->future).state() == Ending::State::kCancelled);
  return PyBool_FromLong(is);
}

PyObject* result(PyObject* it, PyObject*) {
  auto* self = of(it);
  if (self->state == Awaiting::State::kCancelled) {
    PyObject* error = self->message && self->message != Py_None
                          ? PyObject_CallOneArg(cancelled_error, self->message)
                          : PyObject_CallNoArgs(cancelled_error);
    if (error) PyErr_SetObject(cancelled_error, error);
    Py_XDECREF(error);
    return nullptr;
  }
  if (!is_over(self)) {
    auto invalid = py::module_::import("asyncio").attr("InvalidStateError");
    PyErr_SetString(invalid.ptr(), "Result is not ready.");
    return nullptr;
  }
  return awaited_result(self->future);
}

/// By the loop, soon: whoever cancels may be in the middle of a task's step.
bool call_soon(Awaiting* self, PyObject* callback, PyObject* context) {
  try {
    py::handle loop(self->loop);
    loop.attr(name_call_soon)(py::handle(callback), py::handle(reinterpret_cast<PyObject*>(self)),
                              py::arg("context") = py::handle(context));
    return true;
  } catch (py::error_already_set& error) {
    error.restore();
    return false;
  }
}

PyObject* add_done_callback(PyObject* it, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  auto* self = of(it);
  Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
  bool has_context =
      named == 1 && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keywords, 0), "context") == 0;
  if (count != 1 || (named && !has_context)) {
    PyErr_SetString(PyExc_TypeError, "add_done_callback takes a callback and the keyword `context`");
    return nullptr;
  }
  py::object context;
  if (has_context && values[1] != Py_None) {
    context = py::reinterpret_borrow<py::object>(values[1]);
  } else {
    context = py::reinterpret_steal<py::object>(PyContext_CopyCurrent());
    if (!context) return nullptr;
  }
  if (is_over(self)) {
    if (!call_soon(self, values[0], context.ptr())) return nullptr;
    Py_RETURN_NONE;
  }
  if (!self->callbacks) self->callbacks = PyList_New(0);
  auto pair = py::reinterpret_steal<py::object>(PyTuple_Pack(2, values[0], context.ptr()));
  if (!self->callbacks || !pair || PyList_Append(self->callbacks, pair.ptr()) < 0) return nullptr;
  Py_RETURN_NONE;
}

PyObject* remove_done_callback(PyObject* it, PyObject* callback) {
  auto* self = of(it);
  long removed = 0;
  for (Py_ssize_t index = 0; self->callbacks && index < PyList_GET_SIZE(self->callbacks);) {
    PyObject* pair = PyList_GET_ITEM(self->callbacks, index);
    int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(pair, 0), callback, Py_EQ);
    if (same < 0) return nullptr;
    if (same && PyList_SetSlice(self->callbacks, index, index + 1, nullptr) < 0) return nullptr;
    same ? ++removed : ++index;
  }
  return PyLong_FromLong(removed);
}

/// The callbacks, which are called once.
py::object take_callbacks(Awaiting* self) {
  PyObject* taken = self->callbacks;
  self->callbacks = nullptr;
  return taken ? py::reinterpret_steal<py::object>(taken) : py::list();
}

PyObject* cancel(PyObject* it, PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  auto* self = of(it);
  if (self->state != Awaiting::State::kWaiting) Py_RETURN_FALSE;
  self->state = Awaiting::State::kCancelled;
  if (count + (keywords ? PyTuple_GET_SIZE(keywords) : 0) > 0) {  // `msg`
    Py_INCREF(values[0]);
    Py_XSETREF(self->message, values[0]);
  }
  auto keep = py::reinterpret_borrow<py::object>(it);
  auto cancelled = py::reinterpret_steal<py::object>(PyObject_CallMethod(self->future, "cancel", nullptr));
  if (!cancelled) return nullptr;
  for (py::handle pair : take_callbacks(self)) {
    if (!call_soon(self, PyTuple_GET_ITEM(pair.ptr(), 0), PyTuple_GET_ITEM(pair.ptr(), 1))) return nullptr;
  }
  Py_RETURN_TRUE;
}

/// False if it raised what has to end the loop; anything else is the loop's exception handler's.
bool call_in_context(Awaiting* self, PyObject* callback, PyObject* context) {
  PyObject* returned = nullptr;
  if (PyContext_Enter(context) == 0) {
    returned = PyObject_CallOneArg(callback, reinterpret_cast<PyObject*>(self));
    if (returned) {
      Py_DECREF(returned);
      return PyContext_Exit(context) == 0;
    }
    py::error_scope raised;
    PyContext_Exit(context);
  }
  if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) || PyErr_ExceptionMatches(PyExc_SystemExit)) {
    return false;
  }
  py::error_already_set error;
  try {
    py::dict report;
    report["message"] = "Exception in a callback of an isolates.Future";
    report["exception"] = error.value();
    py::handle(self->loop).attr("call_exception_handler")(report);
  } catch (py::error_already_set& second) {
    second.discard_as_unraisable("isolates: a callback of a Future");
  }
  return true;
}

// --- Life ---

int traverse(PyObject* it, visitproc visit, void* arg) {
  auto* self = of(it);
  Py_VISIT(Py_TYPE(it));
  Py_VISIT(self->future);
  Py_VISIT(self->loop);
  Py_VISIT(self->callbacks);
  Py_VISIT(self->message);
  return 0;
}

int clear(PyObject* it) {
  auto* self = of(it);
  // The future stays: it is there as long as this is, and holds no way back here.
  Py_CLEAR(self->loop);
  Py_CLEAR(self->callbacks);
  Py_CLEAR(self->message);
  return 0;
}

void free_awaiting(PyObject* it) {
  PyObject_GC_UnTrack(it);
  clear(it);
  Py_CLEAR(of(it)->future);
  PyTypeObject* type = Py_TYPE(it);
  type->tp_free(it);
  Py_DECREF(type);
}

template <class Function>
PyCFunction method(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

}  // namespace

PyObject* make_awaiting(PyObject* future) {
  PyObject* it = awaiting_type->tp_alloc(awaiting_type, 0);
  if (!it) return nullptr;
  Py_INCREF(future);
  of(it)->future = future;
  return it;
}

bool tell(PyObject* it) {
  auto* self = of(it);
  if (self->state != Awaiting::State::kWaiting) return true;  // cancelled meanwhile
  self->state = Awaiting::State::kOver;
  py::object callbacks = take_callbacks(self);
  Py_ssize_t count = PyList_GET_SIZE(callbacks.ptr());
  bool good = true;
  for (Py_ssize_t index = 0; index < count; ++index) {
    PyObject* pair = PyList_GET_ITEM(callbacks.ptr(), index);
    PyObject *callback = PyTuple_GET_ITEM(pair, 0), *context = PyTuple_GET_ITEM(pair, 1);
    if (good) {
      good = call_in_context(self, callback, context);
    } else {
      py::error_scope raised;
      call_soon(self, callback, context);
    }
  }
  return good;
}

void bind_awaiting() {
  static PyMethodDef methods[] = {
      {"get_loop", get_loop, METH_NOARGS, nullptr},
      {"done", done, METH_NOARGS, nullptr},
      {"cancelled", cancelled, METH_NOARGS, nullptr},
      {"result", result, METH_NOARGS, nullptr},
      {"add_done_callback", method(add_done_callback), METH_FASTCALL | METH_KEYWORDS, nullptr},
      {"remove_done_callback", remove_done_callback, METH_O, nullptr},
      {"cancel", method(cancel), METH_FASTCALL | METH_KEYWORDS, nullptr},
      {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef properties[] = {
      {"_asyncio_future_blocking", get_blocking, set_blocking, nullptr, nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(free_awaiting)},
                                {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                                {Py_tp_clear, reinterpret_cast<void*>(clear)},
                                {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
                                {Py_tp_iternext, reinterpret_cast<void*>(iterate)},
                                {Py_am_send, reinterpret_cast<void*>(send)},
                                {Py_tp_methods, methods},
                                {Py_tp_getset, properties},
                                {0, nullptr}};
  static PyType_Spec spec{"isolates._native._Awaiting", sizeof(Awaiting), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  awaiting_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!awaiting_type) throw py::error_already_set();
  auto asyncio = py::module_::import("asyncio");
  get_running_loop = py::object(asyncio.attr("get_running_loop")).release().ptr();
  cancelled_error = py::object(asyncio.attr("CancelledError")).release().ptr();
  name_call_soon = PyUnicode_InternFromString("call_soon");
}

}  // namespace isolates::bind
