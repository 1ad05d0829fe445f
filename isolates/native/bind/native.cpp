// The Python module `isolates._native`.
#include <unordered_set>

#include "bind/blocking.h"
#include "bind/future.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/heap_profiles.h"
#include "bind/introspection.h"
#include "bind/ivm/library.h"
#include "bind/late_threads.h"
#include "bind/memory_export.h"
#include "bind/module.h"
#include "bind/references.h"
#include "bind/sample.h"
#include "bind/undefined.h"
#include "engine/abi_check.h"
#include "engine/heap_budget.h"
#include "engine/v8_abi.h"
#include "lib/thread_pool.h"

namespace py = pybind11;
using namespace isolates;

PYBIND11_MODULE(_native, module) {
  module.doc() = "The native core; import its public names from `isolates`.";
  std::string misfit = engine::start_engine();
  if (!misfit.empty()) throw py::import_error(misfit);
  bind::remember_main_thread();
  bind::park_late_threads();
  bind::ivm::install();

  module.attr("V8_VERSION") = v8abi::kVersion;
  bind::bind_undefined(module);
  bind::bind_future(module);
  bind::bind_isolate(module);
  bind::bind_context(module);
  bind::bind_script(module);
  bind::bind_module(module);
  bind::bind_reference(module);
  bind::bind_callback(module);
  bind::bind_program(module);
  bind::bind_sample(module);
  bind::bind_references(module);
  bind::bind_introspection(module);
  bind::bind_memory_owner(module);
  bind::bind_shared_array_buffer(module);
  bind::bind_external_copy(module);
  bind::bind_inspector_session(module);
  bind::bind_profiles(module);
  bind::bind_heap_profiles(module);
  module.def(
      "_library",
      [](bool version5) {
        return bind::to_object(
            bind::ivm::library(version5 ? engine::Profile::kVersion5 : engine::Profile::kReadme));
      },
      py::arg("version5"), "The `ivm` object, to be passed into an isolate.");
  module.def(
      "_live_isolates", [] { return engine::HeapBudget::instance().isolates().size(); },
      "How many isolates have a heap right now; for tests.");
  module.def(
      "_terminate_others",
      [](const py::iterable& spared) {
        std::unordered_set<engine::Isolate*> kept;
        for (auto isolate : spared) kept.insert(isolate.cast<const bind::IsolateObject&>().isolate.get());
        bind::ReleaseGil unlocked;
        for (auto& isolate : engine::HeapBudget::instance().isolates()) {
          if (kept.count(isolate.get()) == 0) isolate->terminate();
        }
      },
      py::arg("spared"), "Stops what runs in all isolates but these, whoever made them. They live on.");
  module.def(
      "_blocking_here",
      [] { return py::cpp_function([depth = bind::Blocking::shared_depth()] { return depth->load() > 0; }); },
      "A function that tells whether the thread that calls this is in a synchronous call, then.");
  module.def(
      "_pool_threads", [] { return lib::ThreadPool::instance().thread_count(); },
      "How many threads the pool has right now; for tests.");
  py::module_::import("atexit").attr("register")(py::cpp_function(bind::shut_down));
}
