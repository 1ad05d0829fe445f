#include "bind/host_callable.h"

#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/interrupt.h"
#include "bind/values.h"
#include "engine/entry.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

class PythonCallable final : public engine::HostCallable {
 public:
  explicit PythonCallable(py::object callable) : callable_(share(std::move(callable))) {}

  engine::Outcome call(std::vector<engine::Value> arguments) override {
    if (!is_python_alive()) return engine::Failure{engine::Fault::kState, "The host is shutting down", {}};
    AcquireGil gil;
    try {
      py::tuple positional(arguments.size());
      for (size_t index = 0; index < arguments.size(); ++index)
        positional[index] = to_python(arguments[index]);
      return to_value(py::reinterpret_borrow<py::object>(callable_.get())(*positional));
    } catch (py::error_already_set& error) {
      if (!error.matches(PyExc_Exception) && is_main_thread()) return stop(error);
      return to_failure(error);
    }
  }

  py::object object() const { return py::reinterpret_borrow<py::object>(callable_.get()); }

 private:
  /// KeyboardInterrupt, SystemExit: JavaScript must not catch them.
  static engine::Outcome stop(py::error_already_set& error) {
    error.restore();
    keep_exception();
    engine::Entry::innermost()->isolate().stop(0, engine::Fault::kInterrupted);
    return engine::Failure{engine::Fault::kInterrupted, "Interrupted", {}};
  }

  std::shared_ptr<PyObject> callable_;
};

}  // namespace

std::shared_ptr<engine::HostCallable> make_callable(py::object callable) {
  return std::make_shared<PythonCallable>(std::move(callable));
}

py::object callable_object(const engine::HostCallable& callable) {
  return static_cast<const PythonCallable&>(callable).object();
}

}  // namespace isolates::bind
