// Isolate, as JavaScript sees it.
#include "engine/isolate.h"

#include <algorithm>

#include "bind/ivm/call.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/code_cache.h"
#include "bind/ivm/inspector_session.h"
#include "bind/ivm/objects.h"
#include "bind/ivm/profiles.h"
#include "bind/ivm/snapshot.h"
#include "bind/ivm/source.h"
#include "engine/heap_budget.h"
#include "engine/heap_snapshot.h"
#include "engine/script.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {

// module.cpp
void compile_module(const Arguments& arguments, Form form);
void compile_json_module(const Arguments& arguments, Form form);

namespace {

using engine::Fault;

constexpr double kSmallestLimitMb = 8;
constexpr double kLargestLimitMb = 1e6;  // more is no limit: V8's own cage holds 4 GB
// V8 does not see how much memory a handle to an isolate stands for: forgotten ones are looked for after so
// many new ones.
constexpr int kNewBetweenCollections = 256;

/// `onCatastrophicError` and `onDispose` are called with a reason, in the isolate that has made the other.
std::function<void(const std::string&)> read_hook(const Arguments& arguments, const Options& options,
                                                  const char* name) {
  Local given = options.get(name);
  if (v8abi::value_is_undefined(given)) return {};
  if (!v8abi::value_is_function(given)) options.refuse(name, "a function");
  auto function = engine::Reference::make(arguments.isolate(), arguments.context(), given,
                                          arguments.profile(), engine::RemoteHandle::Count::kNo);
  return [function](const std::string& reason) {
    engine::apply_later({function, engine::Undefined{}, {Value(engine::Text::latin1(reason))}, {}, {}}, {});
  };
}

void collect_forgotten(Isolate& isolate) {
  if (++isolate.face_state()->isolates_made % kNewBetweenCollections == 0)
    v8abi::isolate_low_memory(isolate.v8());
}

void construct_isolate(const Arguments& arguments) {
  arguments.require_new();
  require_library(arguments);
  Options options = arguments.options(0);
  engine::IsolateOptions wanted;
  wanted.memory_limit_bytes = read_memory_limit(options);
  wanted.inspector = options.flag("inspector");
  wanted.task_limits = options.milliseconds("taskTimeout");
  wanted.snapshot = read_snapshot(options);
  if (auto tell = read_hook(arguments, options, "onCatastrophicError")) wanted.hooks.on_catastrophe = tell;
  if (auto tell = read_hook(arguments, options, "onDispose")) wanted.hooks.on_dispose = tell;
  auto root = arguments.isolate().default_isolate();
  wanted.default_isolate = root ? root : arguments.isolate().shared_from_this();
  wanted.activity = arguments.isolate().activity();
  collect_forgotten(arguments.isolate());
  auto made = Isolate::make(std::move(wanted));
  auto handle = std::make_shared<const engine::IsolateHandle>(std::move(made), arguments.profile());
  fill_object(arguments.isolate(), arguments.receiver(),
              std::make_unique<IsolateObject>(arguments.isolate(), std::move(handle)));
}

const std::shared_ptr<Isolate>& self(const Arguments& arguments) {
  return arguments.receiver<IsolateObject>().isolate();
}

template <Form form>
void create_context(const Arguments& arguments) {
  Profile profile = arguments.receiver<IsolateObject>().profile();
  build_call(arguments, form, [&] {
    bool inspector = arguments.options(0).flag("inspector");
    call(arguments, form, self(arguments),
         std::make_unique<engine::CreateContextOperation>(profile, inspector));
  });
}

template <Form form>
void compile_script(const Arguments& arguments) {
  Profile profile = arguments.receiver<IsolateObject>().profile();
  build_call(arguments, form, [&] {
    SourceArguments source(arguments, 0, 1);
    auto cache = read_code_cache(arguments, arguments.options(1));
    call(arguments, form, self(arguments),
         std::make_unique<engine::CompileOperation>(source.take(), std::move(cache), profile));
  });
}

template <Form form>
void compile_module(const Arguments& arguments) {
  ivm::compile_module(arguments, form);
}

template <Form form>
void compile_json_module(const Arguments& arguments) {
  ivm::compile_json_module(arguments, form);
}

void dispose(const Arguments& arguments) {
  auto isolate = self(arguments);
  if (isolate->is_disposed()) throw Failure{Fault::kDisposed, "Isolate is already disposed", {}};
  isolate->dispose();
}

void terminate(const Arguments& arguments) { self(arguments)->terminate(); }

Local to_statistics(Isolate& isolate, Local context, const engine::Object& object) {
  auto figures = std::static_pointer_cast<engine::HeapStatistics>(object)->figures();
  Local result = v8abi::object_new(isolate.v8());
  for (auto& [name, figure] : figures) {
    v8abi::object_create_data_property(result, context, v8abi::string_new_utf8(isolate.v8(), name, 0, -1),
                                       v8abi::number_new(isolate.v8(), static_cast<double>(figure)));
  }
  return result;
}

template <Form form>
void heap_statistics(const Arguments& arguments) {
  call(arguments, form, self(arguments), std::make_unique<engine::HeapStatisticsOperation>(), {},
       to_statistics);
}

template <Form form>
void collect_garbage(const Arguments& arguments) {
  call(arguments, form, self(arguments), std::make_unique<engine::CollectGarbageOperation>());
}

/// What the file of Chrome DevTools holds. A right of who has the Isolate: it shows all that is in there.
template <Form form>
void heap_snapshot(const Arguments& arguments) {
  Profile profile = arguments.receiver<IsolateObject>().profile();
  call(arguments, form, self(arguments), std::make_unique<engine::HeapSnapshotTextOperation>(profile));
}

void create_session(const Arguments& arguments) { create_inspector_session(arguments, self(arguments)); }

void begin_profile(const Arguments& arguments) { start_cpu_profiler(arguments, self(arguments)); }

template <Form form>
void end_profile(const Arguments& arguments) {
  stop_cpu_profiler(arguments, form, self(arguments));
}

void set_time(const Arguments& arguments, int64_t ns) {
  auto* v8 = arguments.isolate().v8();
  if (arguments.receiver<IsolateObject>().profile() == Profile::kVersion5) {
    auto word = static_cast<uint64_t>(ns);
    return arguments.set_result(v8abi::bigint_new(arguments.context(), 0, 1, &word));
  }
  constexpr int64_t kNsPerSecond = 1000000000;
  Local parts[] = {v8abi::number_new(v8, static_cast<double>(ns / kNsPerSecond)),
                   v8abi::number_new(v8, static_cast<double>(ns % kNsPerSecond))};
  arguments.set_result(v8abi::array_new(v8, parts, 2));
}

void cpu_time(const Arguments& arguments) { set_time(arguments, self(arguments)->cpu_time_ns()); }
void wall_time(const Arguments& arguments) { set_time(arguments, self(arguments)->wall_time_ns()); }
void is_disposed(const Arguments& arguments) { arguments.set_bool(self(arguments)->is_disposed()); }
void reference_count(const Arguments& arguments) {
  auto& isolate = self(arguments);
  if (isolate->is_disposed()) throw isolate->refusal();
  arguments.set_number(static_cast<double>(isolate->reference_count()));
}

}  // namespace

size_t read_memory_limit(const Options& options) {
  Local given = options.get("memoryLimit");
  if (v8abi::value_is_undefined(given)) return size_t{128} << 20;
  if (!v8abi::value_is_number(given)) options.refuse("memoryLimit", "a number of megabytes");
  double megabytes = v8abi::value_number(given, nullptr).value;
  if (!(megabytes >= kSmallestLimitMb)) throw Refusal{"`memoryLimit` must be at least 8"};
  return static_cast<size_t>(std::min(megabytes, kLargestLimitMb) * (1 << 20));
}

const ClassSpec& isolate_class() {
  static const ClassSpec spec{"Isolate",
                              method<construct_isolate>,
                              {{"createContext", method<create_context<Form::kAsync>>, 0},
                               {"createContextSync", method<create_context<Form::kSync>>, 0},
                               {"compileScript", method<compile_script<Form::kAsync>>, 1},
                               {"compileScriptSync", method<compile_script<Form::kSync>>, 1},
                               {"compileModule", method<compile_module<Form::kAsync>>, 1},
                               {"compileModuleSync", method<compile_module<Form::kSync>>, 1},
                               {"compileJsonModule", method<compile_json_module<Form::kAsync>>, 1},
                               {"compileJsonModuleSync", method<compile_json_module<Form::kSync>>, 1},
                               {"dispose", method<dispose>, 0},
                               {"terminate", method<terminate>, 0},
                               {"getHeapStatistics", method<heap_statistics<Form::kAsync>>, 0},
                               {"getHeapStatisticsSync", method<heap_statistics<Form::kSync>>, 0},
                               {"createInspectorSession", method<create_session>, 0},
                               {"startCpuProfiler", method<begin_profile>, 1},
                               {"stopCpuProfiler", method<end_profile<Form::kAsync>>, 1},
                               {"stopCpuProfilerSync", method<end_profile<Form::kSync>>, 1},
                               {"heapSnapshot", method<heap_snapshot<Form::kAsync>>, 0},
                               {"heapSnapshotSync", method<heap_snapshot<Form::kSync>>, 0},
                               {"collectGarbage", method<collect_garbage<Form::kAsync>>, 0},
                               {"collectGarbageSync", method<collect_garbage<Form::kSync>>, 0}},
                              {{"cpuTime", method<cpu_time>},
                               {"wallTime", method<wall_time>},
                               {"isDisposed", method<is_disposed>},
                               {"referenceCount", method<reference_count>}},
                              {{"createSnapshot", method<create_snapshot>, 1}},
                              {}};
  return spec;
}

}  // namespace isolates::bind::ivm
