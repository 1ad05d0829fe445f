// InspectorSession, as Python sees it, and the method of Isolate that makes one.
#include "engine/inspector_session.h"

#include "bind/arguments.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

/// Guarded by the GIL. Shared by the session and its connection, which may outlive it for a moment.
struct SessionCallbacks {
  std::shared_ptr<PyObject> on_response;
  std::shared_ptr<PyObject> on_notification;
};

struct SessionHandle {
  std::shared_ptr<engine::InspectorSession> session;
  std::shared_ptr<SessionCallbacks> callbacks;
};

SessionHandle& self_session(PyObject* self) { return self_as<SessionHandle>(self); }

/// On a thread of the pool, without locks.
void deliver(SessionCallbacks& callbacks, const engine::InspectorMessage& message) {
  if (!is_python_alive()) return;
  AcquireGil gil;
  auto callable = message.is_response ? callbacks.on_response : callbacks.on_notification;
  if (!callable) return;
  py::handle call(callable.get());
  try {
    py::object json = to_str(engine::TextView(message.json));
    message.is_response ? call(message.call_id, json) : call(json);
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable(py::reinterpret_borrow<py::object>(call));
  }
}

bool is_callback(PyObject* given) { return !given || given == Py_None || PyCallable_Check(given); }

std::shared_ptr<PyObject> to_callback(PyObject* given) {
  if (!given || given == Py_None) return nullptr;
  return share(py::reinterpret_borrow<py::object>(given));
}

std::shared_ptr<PyObject> read_callback(const Arguments& arguments, const char* name) {
  PyObject* given = arguments.get(name);
  if (!is_callback(given)) arguments.refuse_type(name, "a callable or None", given);
  return to_callback(given);
}

py::object from_callback(const std::shared_ptr<PyObject>& callback) {
  return callback ? py::reinterpret_borrow<py::object>(callback.get()) : py::none();
}

py::object create_inspector_session(PyObject* self, const Arguments& arguments) {
  auto isolate = self_as<IsolateObject>(self).isolate;
  auto callbacks = std::make_shared<SessionCallbacks>();
  callbacks->on_response = read_callback(arguments, "on_response");
  callbacks->on_notification = read_callback(arguments, "on_notification");
  auto receive = [callbacks](const engine::InspectorMessage& message) { deliver(*callbacks, message); };
  std::shared_ptr<engine::InspectorSession> session;
  try {
    ReleaseGil unlocked;
    session = engine::InspectorSession::make(isolate, std::move(receive));
  } catch (const engine::Failure& failure) {
    raise(failure);
  }
  return py::cast(SessionHandle{std::move(session), std::move(callbacks)});
}

py::object dispatch_protocol_message(PyObject* self, const Arguments& arguments) {
  auto session = self_session(self).session;
  TextOfStr message(arguments.str("message"));
  try {
    ReleaseGil unlocked;
    session->dispatch(message.view());
  } catch (const engine::Failure& failure) {
    raise(failure);
  }
  return py::none();
}

void end(SessionHandle& handle) {
  auto session = handle.session;
  ReleaseGil unlocked;
  session->dispose();
}

py::object dispose(PyObject* self, const Arguments&) {
  SessionHandle& handle = self_session(self);
  if (handle.session->is_disposed()) raise({engine::Fault::kReleased, "Session is dead", {}});
  end(handle);
  return py::none();
}

py::object enter(PyObject* self, const Arguments&) { return py::reinterpret_borrow<py::object>(self); }

py::object exit(PyObject* self, const Arguments&) {
  end(self_session(self));
  return py::none();
}

py::object is_disposed(PyObject* self) { return py::bool_(self_session(self).session->is_disposed()); }

/// Callbacks usually know their session: the collector has to see the circle.
void let_collector_in(PyHeapTypeObject* heap_type) {
  PyTypeObject* type = &heap_type->ht_type;
  type->tp_flags |= Py_TPFLAGS_HAVE_GC;
  type->tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(self));
#endif
    if (!reinterpret_cast<py::detail::instance*>(self)->simple_value_holder[0]) return 0;
    auto& callbacks = *self_session(self).callbacks;
    Py_VISIT(callbacks.on_response.get());
    Py_VISIT(callbacks.on_notification.get());
    return 0;
  };
  type->tp_clear = [](PyObject* self) {
    auto& callbacks = *self_session(self).callbacks;
    callbacks.on_response.reset();
    callbacks.on_notification.reset();
    return 0;
  };
}

constexpr Signature kCreate{
    "Isolate.create_inspector_session", "*, on_response=None, on_notification=None",
    "An InspectorSession: a debugger's connection to this isolate, which was made with `inspector=True`.\n\n"
    "Never waits for the isolate. Sees the contexts that were created with `inspector=True`. An isolate can "
    "have\n"
    "several. Raises RuntimeError (\"Inspector is not enabled for this isolate\"), DisposedError. Any "
    "thread.\n"
    "isolated-vm: isolate.createInspectorSession."};
constexpr Signature kDispatch{
    "InspectorSession.dispatch_protocol_message", "message",
    "Sends a message of the Chrome DevTools Protocol, as JSON text.\n\n"
    "Queued, and handled in order: while JavaScript runs at its next safe point, while it is paused at once, "
    "else\n"
    "as a call on a thread of the pool. Raises ReleasedError (\"Session is dead\"), DisposedError. Any "
    "thread, "
    "also\n"
    "from the session's own callbacks."};
constexpr Signature kDispose{
    "InspectorSession.dispose", "",
    "Ends the session: no callback is called any more, but one that is running. A pause ends if no other "
    "session\n"
    "debugs. Raises ReleasedError (\"Session is dead\") the second time. Any thread, also from its own "
    "callbacks."};
constexpr Signature kEnter{"InspectorSession.__enter__", "", "The session itself."};
constexpr Signature kExit{"InspectorSession.__exit__", "kind=None, error=None, trace=None",
                          "Disposes it, if that is not done."};

constexpr char kDoc[] =
    "A debugger's connection to one isolate, by the Chrome DevTools Protocol; from\n"
    "Isolate.create_inspector_session.\n\n"
    "Works while JavaScript runs and while it is paused at a breakpoint; a pause stops the isolate's clocks "
    "and\n"
    "timeouts, and ends with the session, with Isolate.terminate() and with the isolate. When the isolate is "
    "gone\n"
    "the last notification is `Inspector.detached`.\n\n"
    "The callbacks are called on threads of the pool, one after the other, in the inspector's order; what "
    "they raise\n"
    "goes to sys.unraisablehook. JavaScript that writes faster than they read is held up. Use it in a "
    "`with`\n"
    "statement, or dispose() it. Any thread.";

}  // namespace

void bind_inspector_session(py::module_& module) {
  py::class_<SessionHandle> type(module, "InspectorSession", py::is_final(),
                                 py::custom_type_setup(let_collector_in), kDoc);
  auto callback_property = [&](const char* name, std::shared_ptr<PyObject> SessionCallbacks::* member,
                               const char* doc) {
    auto get = [member](const SessionHandle& self) { return from_callback((*self.callbacks).*member); };
    auto set = [member, name](SessionHandle& self, const py::object& given) {
      if (!is_callback(given.ptr())) {
        throw py::type_error(std::string("`InspectorSession.") + name + "` must be a callable or None, not " +
                             Py_TYPE(given.ptr())->tp_name);
      }
      (*self.callbacks).*member = to_callback(given.ptr());
    };
    type.def_property(name, get, set, doc);
  };
  py::options options;
  options.disable_function_signatures();
  callback_property("on_response", &SessionCallbacks::on_response,
                    "Called with the id (int) and the text (str, JSON) of the answer to a message. Or None.");
  callback_property("on_notification", &SessionCallbacks::on_notification,
                    "Called with the text (str, JSON) of each notification. Or None.");
  add_property<is_disposed>(type, "is_disposed", "Whether dispose() was called. Never raises.");
  add_method<kDispatch, dispatch_protocol_message>(type);
  add_method<kDispose, dispose>(type);
  add_method<kEnter, enter>(type);
  add_method<kExit, exit>(type);
  py::object isolate = module.attr("Isolate");
  add_method<kCreate, create_inspector_session>(isolate);
}

}  // namespace isolates::bind
