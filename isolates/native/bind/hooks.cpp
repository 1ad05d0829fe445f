#include "bind/hooks.h"

#include <atomic>
#include <functional>
#include <memory>

#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/text.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr Py_ssize_t kLongestShown = 1000;
constexpr int kMostWarnings = 100;  // of one isolate

/// The callable of an option, shared; null if it was not given.
std::shared_ptr<PyObject> read_callable(const Arguments& arguments, const char* name) {
  PyObject* given = arguments.get(name);
  if (!given || given == Py_None) return nullptr;
  if (!PyCallable_Check(given)) arguments.refuse_type(name, "a callable or None", given);
  return share(py::reinterpret_borrow<py::object>(given));
}

/// `make_argument` is called with the GIL.
template <class MakeArgument>
void tell(const std::shared_ptr<PyObject>& callable, const char* name, MakeArgument make_argument) {
  if (!is_python_alive()) return;
  AcquireGil gil;
  try {
    py::handle(callable.get())(make_argument());
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable(name);
  }
}

void warn(PyObject* category, const std::string& text) {
  if (!is_python_alive()) return;
  AcquireGil gil;
  py::error_scope keep;  // this may run while an object is deallocated
  if (PyErr_WarnEx(category, text.c_str(), 1) != 0) PyErr_WriteUnraisable(nullptr);
}

void warn_of_rejection(const engine::Failure& failure) {
  if (!is_python_alive()) return;
  AcquireGil gil;
  py::slice shown(0, kLongestShown, 1);
  auto text = py::str(to_exception(failure))[shown].attr("encode")("utf-8", "replace").cast<std::string>();
  warn(PyExc_RuntimeWarning, "a promise was rejected in an isolate and nobody handled it: " + text);
}

/// Python remembers each warning for ever, and what it says is the code's to choose: so it is only a few.
std::function<void(const engine::Failure&)> few_warnings() {
  return [count = std::make_shared<std::atomic<int>>(0)](const engine::Failure& failure) {
    int before = count->fetch_add(1);
    if (before < kMostWarnings) return warn_of_rejection(failure);
    if (before == kMostWarnings) {
      warn(PyExc_RuntimeWarning, "more promises were rejected in an isolate than are told one by one");
    }
  };
}

}  // namespace

std::function<void(const engine::Failure&, engine::Mark)> make_rejection_hook(py::object callable) {
  return [callable = share(std::move(callable))](const engine::Failure& failure, engine::Mark mark) {
    if (!is_python_alive()) return;
    AcquireGil gil;
    try {
      py::handle(callable.get())(to_exception(failure), mark);
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("isolates: a supervised isolate's on_rejection");
    }
  };
}

engine::IsolateHooks make_hooks(const Arguments& arguments) {
  engine::IsolateHooks hooks;
  if (auto callable = read_callable(arguments, "on_catastrophic_error")) {
    hooks.on_catastrophe = [callable](const std::string& reason) {
      tell(callable, "isolates: on_catastrophic_error", [&] { return to_str(reason); });
    };
  }
  if (auto callable = read_callable(arguments, "on_dispose")) {
    hooks.on_dispose = [callable](const char* reason) {
      tell(callable, "isolates: on_dispose", [&] { return py::str(reason); });
    };
  }
  hooks.on_forgotten = [] {
    warn(PyExc_ResourceWarning, "an Isolate was forgotten without dispose(); use it in a `with` statement");
  };
  hooks.on_unhandled_rejection = few_warnings();
  if (auto callable = read_callable(arguments, "on_unhandled_rejection")) {
    hooks.on_unhandled_rejection = [callable](const engine::Failure& failure) {
      tell(callable, "isolates: on_unhandled_rejection", [&] { return to_exception(failure); });
    };
  }
  return hooks;
}

}  // namespace isolates::bind
