#include "bind/host_object.h"

#include <deque>
#include <functional>
#include <mutex>

#include "bind/blocking.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/interrupt.h"
#include "bind/undefined.h"
#include "bind/values.h"
#include "engine/entry.h"
#include "lib/thread_pool.h"
#include "lib/wait_hook.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

const engine::Failure kShuttingDown{engine::Fault::kState, "The host is shutting down", {}};

const engine::Failure kNoFunction{engine::Fault::kTransfer, "Reference is not a function", {}};

const char* type_of(py::handle object) {
  PyObject* it = object.ptr();
  if (PyCallable_Check(it)) return "function";
  if (it == Py_None) return "null";
  if (object.is(undefined_object())) return "undefined";
  if (PyBool_Check(it)) return "boolean";
  if (PyUnicode_Check(it)) return "string";
  if (PyLong_Check(it)) {
    constexpr long long kLargestExact = 1ll << 53;
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(it, &overflow);
    return overflow == 0 && value >= -kLargestExact && value <= kLargestExact ? "number" : "object";
  }
  if (PyFloat_Check(it)) return "number";
  return "object";
}

/// How an awaitable's end is told, from Python: called once, with the GIL, as end(result, error).
py::cpp_function make_end(engine::HostObject::Receiver receiver) {
  return py::cpp_function(
      [receiver = std::move(receiver)](const py::object& result, const py::object& error) {
        engine::Outcome outcome;
        try {
          if (error.is_none()) {
            outcome = to_value(result);
          } else {
            outcome = to_failure(error);
          }
        } catch (py::error_already_set& refused) {
          outcome = to_failure(refused.value());
        }
        ReleaseGil unlocked;
        if (receiver) receiver(std::move(outcome));
      });
}

class PythonObject final : public engine::HostObject, public std::enable_shared_from_this<PythonObject> {
 public:
  explicit PythonObject(py::object object) : type_(type_of(object)) {
    loop_ = share(py::module_::import("asyncio").attr("_get_running_loop")());
    loop_blocked_ = Blocking::shared_depth();
    object_ = share(std::move(object));
  }

  std::string type() const override { return type_; }

  engine::Outcome call(std::vector<engine::Value> arguments) override {
    if (type_ != "function") return kNoFunction;
    if (!is_python_alive()) return kShuttingDown;
    AcquireGil gil;
    try {
      return to_value(apply(arguments));
    } catch (py::error_already_set& error) {
      if (!error.matches(PyExc_Exception) && is_main_thread()) return stop(error);
      return to_failure(error.value());
    }
  }

  /// On the pool, in the order of the calls: one at a time for each object, so a slow one holds up no other.
  /// While one waits for an isolate the next begins, as the isolate may wait for that.
  void start(std::vector<engine::Value> arguments, Receiver receiver) override {
    std::lock_guard<std::mutex> guard(mutex_);
    waiting_.push_back({std::move(arguments), std::move(receiver)});
    if (worker_ == 0) begin_work();
  }

  engine::Outcome copy() override {
    if (!is_python_alive()) return kShuttingDown;
    AcquireGil gil;
    try {
      return to_value(object());
    } catch (py::error_already_set& error) {
      return to_failure(error.value());
    }
  }

  py::object object() const { return py::reinterpret_borrow<py::object>(object_.get()); }

 private:
  struct Application {
    std::vector<engine::Value> arguments;
    Receiver receiver;
  };

  py::object apply(const std::vector<engine::Value>& arguments) const {
    py::tuple positional(arguments.size());
    for (size_t index = 0; index < arguments.size(); ++index) positional[index] = to_python(arguments[index]);
    return object()(*positional);
  }

  /// The mutex is held.
  void begin_work() {
    worker_ = ++last_worker_;
    lib::ThreadPool::instance().post([self = shared_from_this(), id = worker_] { self->work(id); });
  }

  void work(uint64_t id) {
    for (;;) {
      Application next;
      {
        std::lock_guard<std::mutex> guard(mutex_);
        if (worker_ != id) return;
        if (waiting_.empty()) {
          worker_ = 0;
          return;
        }
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
      run(next, id);
    }
  }

  void hand_over(uint64_t id) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (worker_ != id) return;
    worker_ = 0;
    if (!waiting_.empty()) begin_work();
  }

  void run(Application& application, uint64_t id) {
    engine::Outcome outcome = kShuttingDown;
    if (type_ != "function") {
      outcome = kNoFunction;
    } else if (is_python_alive()) {
      lib::ThreadPool::Waiting waiting;  // Python may take its time, and JavaScript of others has to run
      lib::WaitHook hook([&] { hand_over(id); });
      AcquireGil gil;
      try {
        py::object result = apply(application.arguments);
        if (PyObject_HasAttrString(result.ptr(), "__await__")) {
          wait_for(result, std::move(application.receiver));
          return;
        }
        outcome = to_value(result);
      } catch (py::error_already_set& error) {
        outcome = to_failure(error.value());
      }
    }
    if (application.receiver) application.receiver(std::move(outcome));
  }

  void wait_for(const py::object& awaitable, Receiver receiver) {
    bool blocked = loop_blocked_->load() > 0;
    py::object loop = blocked ? py::none() : py::reinterpret_borrow<py::object>(loop_.get());
    py::module_::import("isolates.background").attr("run")(awaitable, loop, make_end(std::move(receiver)));
  }

  /// KeyboardInterrupt, SystemExit: JavaScript must not catch them.
  static engine::Outcome stop(py::error_already_set& error) {
    error.restore();
    keep_exception();
    engine::Entry::innermost()->isolate().stop(0, engine::Fault::kInterrupted);
    return engine::Failure{engine::Fault::kInterrupted, "Interrupted", {}};
  }

  const std::string type_;
  std::shared_ptr<PyObject> object_;
  std::shared_ptr<PyObject> loop_;
  Blocking::Depth loop_blocked_;
  std::mutex mutex_;
  std::deque<Application> waiting_;
  uint64_t worker_ = 0;  // which thread runs them now: numbered, 0 is none
  uint64_t last_worker_ = 0;
};

}  // namespace

std::shared_ptr<engine::HostObject> make_host_object(py::object object) {
  return std::make_shared<PythonObject>(std::move(object));
}

py::object host_object(const engine::HostObject& object) {
  return static_cast<const PythonObject&>(object).object();
}

}  // namespace isolates::bind
