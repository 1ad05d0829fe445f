#include "bind/errors.h"

#include "bind/interrupt.h"
#include "bind/text.h"
#include "bind/values.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::Failure;
using engine::Fault;
using engine::Thrown;

constexpr std::pair<Thrown::Class, const char*> kClasses[] = {
    {Thrown::Class::kError, "JSError"},
    {Thrown::Class::kEval, "JSEvalError"},
    {Thrown::Class::kRange, "JSRangeError"},
    {Thrown::Class::kReference, "JSReferenceError"},
    {Thrown::Class::kSyntax, "JSSyntaxError"},
    {Thrown::Class::kType, "JSTypeError"},
    {Thrown::Class::kUri, "JSURIError"},
    {Thrown::Class::kAggregate, "JSAggregateError"},
    {Thrown::Class::kNotAnError, "ThrownValueError"}};

const char* class_name(Thrown::Class js_class) {
  for (auto& [it, name] : kClasses) {
    if (it == js_class) return name;
  }
  return "JSError";
}

const char* class_name(Fault fault) {
  switch (fault) {
    case Fault::kDisposed:
      return "DisposedError";
    case Fault::kReleased:
      return "ReleasedError";
    case Fault::kTimeout:
      return "ScriptTimeoutError";
    case Fault::kTerminated:
      return "TerminatedError";
    case Fault::kCancelled:
      return "TerminatedError";
    case Fault::kMemory:
      return "MemoryLimitError";
    case Fault::kBudget:
      return "HeapBudgetError";
    case Fault::kUnresponsive:
      return "UnresponsiveError";
    case Fault::kCatastrophe:
      return "CatastrophicError";
    case Fault::kAbandoned:
      return "AbandonedError";
    case Fault::kTransfer:
      return "TransferError";
    default:
      return "IsolatesError";
  }
}

void set_text(py::object& error, const char* attribute, const engine::Text& text) {
  if (text.length() != 0) error.attr(attribute) = to_str(text);
}

py::object to_exception(const Thrown& thrown) {
  py::object error;
  if (thrown.js_class == Thrown::Class::kNotAnError) {
    error = error_class("ThrownValueError")(thrown.primitive ? to_python(*thrown.primitive) : py::none());
  } else {
    error = error_class(class_name(thrown.js_class))(to_str(thrown.message));
    set_text(error, "name", thrown.name);
    set_text(error, "stack", thrown.stack);
    if (thrown.code) error.attr("code") = to_python(*thrown.code);
  }
  set_text(error, "_label", thrown.label);
  set_text(error, "_details", thrown.details);
  set_text(error, "filename", thrown.filename);
  set_text(error, "source_line", thrown.source_line);
  if (thrown.line != 0) {
    error.attr("line") = thrown.line;
    error.attr("column") = thrown.column;
  }
  if (thrown.cause) {
    py::object cause = to_exception(*thrown.cause);
    error.attr("cause") = cause;
    PyException_SetCause(error.ptr(), cause.release().ptr());
  } else if (thrown.cause_value) {
    error.attr("cause") = to_python(*thrown.cause_value);
  }
  if (!thrown.errors.empty()) {
    py::list errors;
    for (auto& part : thrown.errors) errors.append(to_exception(*part));
    error.attr("errors") = py::tuple(errors);
  }
  return error;
}

}  // namespace

py::object error_class(const char* name) { return py::module_::import("isolates.errors").attr(name); }

py::object to_exception(const Failure& failure) {
  switch (failure.fault) {
    case Fault::kThrown:
      if (failure.thrown->host_exception) {
        auto* own = static_cast<PyObject*>(failure.thrown->host_exception.get());
        return py::reinterpret_borrow<py::object>(own);
      }
      return to_exception(*failure.thrown);
    case Fault::kValue:
      return py::reinterpret_borrow<py::object>(PyExc_ValueError)(to_str(failure.message));
    case Fault::kState:
      return py::reinterpret_borrow<py::object>(PyExc_RuntimeError)(to_str(failure.message));
    case Fault::kInterrupted:
      return py::reinterpret_borrow<py::object>(PyExc_KeyboardInterrupt)();
    default:
      break;
  }
  py::object error = error_class(class_name(failure.fault))(to_str(failure.message));
  if (failure.thrown) set_text(error, "stack", failure.thrown->stack);
  return error;
}

void raise(const Failure& failure) {
  if (failure.fault == Fault::kInterrupted) {
    raise_kept_exception();
  } else {
    py::object error = to_exception(failure);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  }
  throw py::error_already_set();
}

namespace {

constexpr int kMaxCauses = 16;

/// A value of an exception's attribute, if it is one that crosses as a primitive.
std::shared_ptr<const engine::Value> primitive_attribute(const py::object& error, const char* name) {
  py::object value = py::getattr(error, name, py::none());
  bool primitive = PyBool_Check(value.ptr()) || PyLong_Check(value.ptr()) || PyFloat_Check(value.ptr()) ||
                   PyUnicode_Check(value.ptr());
  return primitive ? std::make_shared<const engine::Value>(to_value(value)) : nullptr;
}

std::string python_name(py::handle error) {
  return py::str(py::type::of(error).attr("__name__")).cast<std::string>();
}

std::shared_ptr<Thrown> to_thrown(const py::object& error, int depth) {
  auto thrown = std::make_shared<Thrown>();
  try {
    thrown->message = to_text(py::str(error));
  } catch (py::error_already_set&) {
    thrown->message = engine::Text::latin1("(its message could not be made)");
  }
  thrown->name = to_text(py::str(python_name(error)));
  if (py::isinstance(error, error_class("JSError"))) {
    for (auto& [js_class, name] : kClasses) {
      if (py::isinstance(error, error_class(name)) && js_class != Thrown::Class::kError)
        thrown->js_class = js_class;
    }
    thrown->name = to_text(py::str(error.attr("name")));
    thrown->code = primitive_attribute(error, "code");
    if (thrown->js_class == Thrown::Class::kNotAnError) {
      thrown->primitive = std::make_shared<const engine::Value>(to_value(error.attr("value")));
    }
    for (py::handle part : error.attr("errors")) {
      if (depth >= kMaxCauses) break;
      thrown->errors.push_back(to_thrown(py::reinterpret_borrow<py::object>(part), kMaxCauses));
    }
    thrown->cause_value = primitive_attribute(error, "cause");
  } else if (py::isinstance(error, py::handle(PyExc_TypeError))) {
    thrown->js_class = Thrown::Class::kType;
  }
  py::object cause = py::getattr(error, "__cause__", py::none());
  if (cause.is_none()) cause = py::getattr(error, "cause", py::none());
  if (!PyExceptionInstance_Check(cause.ptr())) cause = py::none();
  if (!cause.is_none() && depth < kMaxCauses) {
    thrown->cause = to_thrown(cause, depth + 1);
    thrown->cause_value = nullptr;
  }
  return thrown;
}

}  // namespace

Failure to_failure(const py::object& exception) {
  try {
    return {Fault::kThrown, {}, to_thrown(exception, 0)};
  } catch (py::error_already_set&) {  // attributes of the host's own exception class that raise
    auto thrown = std::make_shared<Thrown>();
    thrown->name = engine::Text::latin1("Error");
    thrown->message = engine::Text::latin1("An exception of the host could not be told");
    return {Fault::kThrown, {}, thrown};
  }
}

}  // namespace isolates::bind
