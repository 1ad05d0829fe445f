// Python callables that find modules.
#include <deque>
#include <mutex>
#include <optional>

#include "bind/blocking.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/host_object.h"
#include "bind/interrupt.h"
#include "bind/module.h"
#include "bind/text.h"
#include "lib/thread_pool.h"
#include "lib/wait_hook.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using Answer = engine::ModuleResolver::Answer;
using Answered = std::variant<std::shared_ptr<const engine::Module>, engine::Failure>;

engine::Failure shutting_down() { return {engine::Fault::kState, "The host is shutting down", {}}; }

/// With the exception itself, for callers in Python; what crosses into JavaScript is told by the rest.
engine::Failure failure_of(py::handle exception) {
  auto failure = to_failure(py::reinterpret_borrow<py::object>(exception));
  failure.thrown->host_exception = share(py::reinterpret_borrow<py::object>(exception));
  return failure;
}

Answered answer_of(py::handle result) {
  if (!py::isinstance<ModuleObject>(result)) {
    return engine::Failure{engine::Fault::kTransfer, "Resolved dependency was not `Module`", {}};
  }
  auto& handle = self_as<ModuleObject>(result.ptr());
  if (!handle.module) return engine::Failure{engine::Fault::kReleased, "Module has been released", {}};
  return handle.module.get();
}

/// Python's hand on one answer, which is given once. Guarded by the GIL.
struct AnswerHandle {
  Answer answer;

  void give(Answered given) {
    if (!answer) return;
    auto once = std::move(answer);
    answer = nullptr;
    ReleaseGil unlocked;
    once(std::move(given));
    once = nullptr;
  }
};

void drop(AnswerHandle& handle) {
  auto dropped = std::move(handle.answer);
  handle.answer = nullptr;
  ReleaseGil unlocked;
  dropped = nullptr;
}

py::tuple question_of(const engine::ModuleRequest& request, const engine::Referrer& referrer) {
  py::dict attributes;
  for (auto& [key, value] : request.attributes) attributes[to_str(key)] = to_str(value);
  py::object from = referrer.module ? to_object(referrer.module) : to_str(referrer.filename);
  return py::make_tuple(to_str(request.specifier), from, attributes);
}

/// Dropped on any thread.
class AsyncResolver final : public engine::ModuleResolver,
                            public std::enable_shared_from_this<AsyncResolver> {
 public:
  explicit AsyncResolver(py::object callable)
      : asked_(share(py::module_::import("isolates.resolver").attr("Resolver")(std::move(callable)))),
        loop_blocked_(Blocking::shared_depth()) {}

  /// One question at a time, as code may ask thousands at once and each would take a thread that waits for
  /// the GIL. While one waits for an isolate the next is asked, as the isolate may wait for that.
  void resolve(const engine::ModuleRequest& request, const engine::Referrer& referrer,
               const engine::ModuleLinking& asker, Answer answer) override {
    Question question{request, referrer, number_of(asker), std::move(answer)};
    uint64_t id;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      if (worker_ != 0) {
        waiting_.push_back(std::move(question));
        return;
      }
      id = worker_ = ++last_worker_;
    }
    ask(question, id);
    hand_over(id);  // the walk that asks here goes on, and the others may wait for it
  }

  void cancel(const engine::ModuleLinking& asker) override {
    if (!is_python_alive()) return;
    AcquireGil gil;
    try {
      py::handle(asked_.get()).attr("cancel")(py::int_(number_of(asker)));
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("isolates: the end of a module resolver");
    }
  }

 private:
  struct Question {
    engine::ModuleRequest request;
    engine::Referrer referrer;
    uintptr_t asker;
    Answer answer;
  };

  static uintptr_t number_of(const engine::ModuleLinking& asker) {
    return reinterpret_cast<uintptr_t>(&asker);
  }

  void ask(Question& question, uint64_t id) {
    if (!is_python_alive()) return question.answer(shutting_down());
    lib::ThreadPool::Waiting waiting;  // it may block
    lib::WaitHook hook([&] { hand_over(id); });
    AcquireGil gil;
    auto handle = std::make_shared<AnswerHandle>(AnswerHandle{std::move(question.answer)});
    try {
      py::handle(asked_.get())
          .attr("ask")(py::cast(handle), py::int_(question.asker), loop_blocked_->load() > 0,
                       *question_of(question.request, question.referrer));
    } catch (py::error_already_set& error) {
      handle->give(failure_of(error.value()));
    }
  }

  void work(uint64_t id) {
    for (;;) {
      std::optional<Question> next;
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
      ask(*next, id);
    }
  }

  void hand_over(uint64_t id) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (worker_ != id) return;
    worker_ = 0;
    if (waiting_.empty()) return;
    worker_ = ++last_worker_;
    lib::ThreadPool::instance().post([self = shared_from_this(), id = worker_] { self->work(id); });
  }

  std::shared_ptr<PyObject> asked_;
  const Blocking::Depth loop_blocked_;  // its loop waits for a synchronous call: perhaps for this very import
  std::mutex mutex_;
  std::deque<Question> waiting_;
  uint64_t worker_ = 0;  // which thread asks now: numbered, 0 is none
  uint64_t last_worker_ = 0;
};

class SyncResolver final : public engine::ModuleResolver {
 public:
  explicit SyncResolver(py::object callable) : callable_(share(std::move(callable))) {}

  void resolve(const engine::ModuleRequest& request, const engine::Referrer& referrer,
               const engine::ModuleLinking&, Answer answer) override {
    answer(ask(request, referrer));
  }

 private:
  Answered ask(const engine::ModuleRequest& request, const engine::Referrer& referrer) {
    if (!is_python_alive()) return shutting_down();
    AcquireGil gil;
    try {
      py::object result = py::handle(callable_.get())(*question_of(request, referrer));
      if (PyCoro_CheckExact(result.ptr())) result.attr("close")();  // nobody will await it
      return answer_of(result);
    } catch (py::error_already_set& error) {
      if (error.matches(PyExc_Exception) || !is_main_thread()) return failure_of(error.value());
      error.restore();
      keep_exception();
      return engine::Failure{engine::Fault::kInterrupted, "Interrupted", {}};
    }
  }

  std::shared_ptr<PyObject> callable_;
};

/// A Python callable that makes `import.meta`: meta(module) -> dict.
class PythonImportMeta final : public engine::ImportMeta {
 public:
  explicit PythonImportMeta(py::object callable) : callable_(share(std::move(callable))) {}

  engine::Outcome fill(engine::Isolate& isolate, engine::Local, engine::Local,
                       std::shared_ptr<const engine::Module> module) override {
    engine::Isolate::Outside outside(isolate);
    std::shared_ptr<engine::HostObject> bound;
    if (!is_python_alive()) return shutting_down();
    {
      AcquireGil gil;
      py::object partial = py::module_::import("functools").attr("partial");
      bound = make_host_object(partial(py::handle(callable_.get()), to_object(std::move(module))));
    }
    auto outcome = bound->call({});
    auto* value = std::get_if<engine::Value>(&outcome);
    if (!value || std::holds_alternative<std::shared_ptr<const engine::Copy>>(*value)) return outcome;
    return engine::Failure{engine::Fault::kTransfer, "`meta` must return a dict", {}};
  }

 private:
  std::shared_ptr<PyObject> callable_;
};

}  // namespace

std::shared_ptr<engine::ModuleResolver> make_resolver(Form form, py::object callable) {
  if (form == Form::kSync) return std::make_shared<SyncResolver>(std::move(callable));
  return std::make_shared<AsyncResolver>(std::move(callable));
}

std::shared_ptr<engine::ModuleResolver> read_resolver(Form form, const Arguments& arguments,
                                                      const char* name) {
  PyObject* given = arguments.get(name);
  if (!given || given == Py_None) return nullptr;
  if (!PyCallable_Check(given)) arguments.refuse_type(name, "a callable or None", given);
  return make_resolver(form, py::reinterpret_borrow<py::object>(given));
}

engine::MetaSource read_import_meta(const Arguments& arguments,
                                    const std::shared_ptr<engine::Isolate>& isolate) {
  PyObject* given = arguments.get("meta");
  if (!given || given == Py_None) return {};
  if (py::isinstance<ReferenceObject>(given)) {
    auto function = self_as<ReferenceObject>(given).reference.get();
    if (!function) raise({engine::Fault::kReleased, "Reference has been released", {}});
    if (function->isolate() != isolate || function->type() != "function") {
      raise({engine::Fault::kTransfer,
             std::string("`") + arguments.method() +
                 "` requires `meta` to be a function of the isolate that compiles",
             {}});
    }
    return {nullptr, std::move(function)};
  }
  if (!PyCallable_Check(given)) {
    arguments.refuse_type("meta", "a callable, a Reference to a function or None", given);
  }
  return {std::make_shared<PythonImportMeta>(py::reinterpret_borrow<py::object>(given)), nullptr};
}

void bind_module_resolver(py::module_& module) {
  py::class_<AnswerHandle, std::shared_ptr<AnswerHandle>>(module, "_Answer",
                                                          "What a resolver's result is handed to, once.")
      .def("module", [](AnswerHandle& self, const py::object& result) { self.give(answer_of(result)); })
      .def("drop", drop)
      .def("error", [](AnswerHandle& self, const py::object& error) { self.give(failure_of(error)); });
}

}  // namespace isolates::bind
