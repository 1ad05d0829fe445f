#include "engine/program.h"

#include <algorithm>
#include <atomic>
#include <iterator>

#include "engine/introspection.h"
#include "engine/reference.h"
#include "engine/roots.h"
#include "engine/script.h"
#include "engine/v8_abi_program.h"
#include "lib/clock.h"

namespace isolates::engine {
namespace {

std::atomic<bool> gc_is_exposed{false};

/// The program's. Never freed: its functions live as long as the process.
struct Program {
  Isolate* isolate;
  std::function<void()> wake;
  std::vector<std::pair<Local, Local>> rejections;  // globals: promise, reason; inside only
};
std::atomic<Program*> the_program{nullptr};

Local number(Isolate& isolate, double value) { return v8abi::number_new(isolate.v8(), value); }

Local text(Isolate& isolate, const char* utf8) { return v8abi::string_new_utf8(isolate.v8(), utf8, 0, -1); }

Local boolean(bool value) { return value ? Roots::instance().true_local() : Roots::instance().false_local(); }

Local array(Isolate& isolate, std::initializer_list<Local> elements) {
  std::vector<Local> copied(elements);
  return v8abi::array_new(isolate.v8(), copied.data(), copied.size());
}

constexpr int kSideEffects = 0, kNoSideEffects = 1;

Local new_function(Local context, v8abi::HostFunction function, int side_effects = kSideEffects) {
  constexpr int kNotAConstructor = 0;
  return v8abi::function_new(context, function, nullptr, 0, kNotAConstructor, side_effects);
}

/// [error, file, line, first column, last column, source line]; lines count from 1, columns from 0.
Local thrown_at(Isolate& isolate, Local context, Local error, Local message) {
  Local undefined = Roots::instance().undefined_local();
  if (!message) return array(isolate, {error});
  Local name = v8abi::message_resource_name(message);
  Local source = v8abi::message_source_line(message, context);
  auto line = v8abi::message_line(message, context);
  auto column = v8abi::message_column(message, context);
  return array(isolate, {error, name ? name : undefined, number(isolate, line.has ? line.value : 0),
                         number(isolate, column.has ? column.value : 0),
                         number(isolate, v8abi::message_end_column(message)), source ? source : undefined});
}

/// call(function): undefined, or what it threw and where.
void call(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  Local context = v8abi::isolate_current_context(isolate.v8());
  Local function = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_function(function)) return;
  TryCatch caught(isolate.v8());
  if (v8abi::function_call(function, context, Roots::instance().undefined_local(), 0, nullptr)) return;
  if (caught.has_terminated() || !caught.exception()) {
    caught.rethrow();
    return;
  }
  info.set_result(thrown_at(isolate, context, caught.exception(), caught.message()));
}

/// locate(error): the same for an error that nobody throws now: where it was made.
void locate(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  if (info.length < 1) return;
  Local context = v8abi::isolate_current_context(isolate.v8());
  Local message = v8abi::exception_create_message(isolate.v8(), info.argument(0));
  info.set_result(thrown_at(isolate, context, info.argument(0), message));
}

/// compile(source, filename): the function of a CommonJS module. Throws SyntaxError.
void compile(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  Local context = v8abi::isolate_current_context(isolate.v8());
  if (info.length < 2 || !v8abi::value_is_string(info.argument(0))) return;
  if (static_cast<size_t>(v8abi::string_length(info.argument(0))) > isolate.longest_source_bytes()) {
    const char* message = "The file is longer than an eighth of the memory limit";
    v8abi::isolate_throw(isolate.v8(), v8abi::exception_range_error(text(isolate, message), nullptr));
    return;
  }
  v8abi::ScriptSource source{};
  source.source = info.argument(0);
  source.resource_name = info.argument(1);
  Local names[] = {text(isolate, "exports"), text(isolate, "require"), text(isolate, "module"),
                   text(isolate, "__filename"), text(isolate, "__dirname")};
  Local function =
      v8abi::script_compile_function(context, &source, std::size(names), names, 0, nullptr, 0, 0);
  if (function) info.set_result(function);
}

/// newRealm(): compile() of a context of its own, whose builtins nobody else has.
void new_realm(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  Local context = new_context(isolate);
  if (!context) {
    const char* message = "V8 could not make a context";
    v8abi::isolate_throw(isolate.v8(), v8abi::exception_range_error(text(isolate, message), nullptr));
    return;
  }
  EnteredContext entered(context);
  if (Local function = new_function(context, compile)) info.set_result(function);
}

void run_microtasks(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  {
    TryCatch ignore(isolate.v8());
    v8abi::isolate_run_microtasks(isolate.v8());
  }
  if (isolate.is_being_stopped()) v8abi::isolate_throw_termination(isolate.v8());
}

void on_reject(v8abi::PromiseRejectMessage message) {
  Program& program = *the_program.load();
  auto& all = program.rejections;
  V8Isolate* v8 = program.isolate->v8();
  if (message.event == v8abi::kPromiseRejectWithNoHandler) {
    Local reason = message.value ? message.value : Roots::instance().undefined_local();
    if (all.empty()) program.isolate->defer(program.wake);
    all.emplace_back(v8abi::global_new(v8, *message.promise), v8abi::global_new(v8, *reason));
  } else if (message.event == v8abi::kPromiseHandlerAddedAfterReject) {
    // So that they don't pile up in a long run: the handler of most comes right after. take_rejections sees
    // to the others.
    constexpr size_t kLooks = 16;
    for (size_t back = 1; back <= std::min(all.size(), kLooks); ++back) {
      auto found = all.end() - static_cast<std::ptrdiff_t>(back);
      if (*found->first != *message.promise) continue;
      v8abi::global_delete(found->first);
      v8abi::global_delete(found->second);
      all.erase(found);
      break;
    }
  }
}

/// takeRejections(): [promise, reason, promise, reason, ...] of those that nobody has handled since.
void take_rejections(const v8abi::CallInfo& info) {
  Program& program = *the_program.load();
  if (program.rejections.empty()) return;
  auto taken = std::move(program.rejections);
  program.rejections.clear();
  std::vector<Local> found;
  for (auto& [promise, reason] : taken) {
    if (v8abi::promise_has_handler(promise)) continue;
    found.push_back(promise);
    found.push_back(reason);
  }
  Local result = v8abi::array_new(program.isolate->v8(), found.data(), found.size());
  for (auto& [promise, reason] : taken) {
    v8abi::global_delete(promise);
    v8abi::global_delete(reason);
  }
  info.set_result(result);
}

void now_ns(const v8abi::CallInfo& info) {
  info.set_result(number(Isolate::current(info.isolate()), static_cast<double>(lib::wall_now_ns())));
}

/// promiseDetails(promise): [state, result].
void promise_details(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  Local promise = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_promise(promise)) return;
  int state = v8abi::promise_state(promise);
  Local result = state == 0 ? Roots::instance().undefined_local() : v8abi::promise_result(promise);
  info.set_result(array(isolate, {number(isolate, state), result}));
}

/// proxyDetails(value): [target, handler], or undefined for what is no Proxy.
void proxy_details(const v8abi::CallInfo& info) {
  Local proxy = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_proxy(proxy)) return;
  info.set_result(
      array(Isolate::current(info.isolate()), {v8abi::proxy_target(proxy), v8abi::proxy_handler(proxy)}));
}

/// previewEntries(iterator): [entries, whether they are keys and values in turn].
void preview_entries(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  Local object = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_object(object) || v8abi::value_is_proxy(object)) return;
  bool is_key_value = false;
  Local entries = v8abi::object_preview_entries(object, &is_key_value);
  if (entries) info.set_result(array(isolate, {entries, boolean(is_key_value)}));
}

/// ownNames(object): without symbols and array indices. Nothing of a Proxy.
void own_names(const v8abi::CallInfo& info) {
  Local object = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_object(object) || v8abi::value_is_proxy(object)) return;
  Local context = v8abi::isolate_current_context(Isolate::current(info.isolate()).v8());
  Local names = v8abi::object_property_names(object, context, v8abi::kOwnOnly, v8abi::kSkipSymbols,
                                             v8abi::kSkipIndices, v8abi::kConvertToString);
  if (names) info.set_result(names);
}

/// mark(): which cell what runs belongs to; 0 is none.
void get_mark(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  info.set_result(number(isolate, mark_of(isolate)));
}

/// setMark(number)
void change_mark(const v8abi::CallInfo& info) {
  Local given = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_int32(given)) return;
  set_mark(Isolate::current(info.isolate()), v8abi::value_int32(given, nullptr).value);
}

using Functions = std::initializer_list<std::pair<const char*, v8abi::HostFunction>>;

constexpr Functions kForInspection = {{"promiseDetails", promise_details},
                                      {"proxyDetails", proxy_details},
                                      {"previewEntries", preview_entries},
                                      {"ownNames", own_names}};
constexpr Functions kForAll = {{"compile", compile}, {"newRealm", new_realm}};
constexpr Functions kForCells = {{"mark", get_mark}, {"setMark", change_mark}};
constexpr Functions kForPrograms = {{"call", call},
                                    {"locate", locate},
                                    {"runMicrotasks", run_microtasks},
                                    {"takeRejections", take_rejections},
                                    {"nowNs", now_ns}};

void define(Isolate& isolate, Local context, Local object, const Functions& functions, int side_effects) {
  for (auto& [name, function] : functions) {
    Local key = text(isolate, name);
    v8abi::object_create_data_property(object, context, key, new_function(context, function, side_effects));
  }
}

}  // namespace

void expose_gc() { gc_is_exposed = true; }

void define_gc_if_exposed(Isolate& isolate, Local context) {
  if (!gc_is_exposed) return;
  constexpr int kDontEnum = 2;
  EnteredContext entered(context);
  TryCatch ignore(isolate.v8());
  Local key = text(isolate, "gc");
  Local function = new_function(context, v8abi::collect_for_javascript);
  v8abi::object_define_own_property(v8abi::context_global(context), context, key, function, kDontEnum);
}

Outcome MakeInspectNativesOperation::run(Isolate& isolate) {
  Local context = context_->local();
  EnteredContext entered(context);
  TryCatch ignore(isolate.v8());
  Local natives = v8abi::object_new(isolate.v8());
  define(isolate, context, natives, kForInspection, kNoSideEffects);
  define(isolate, context, natives, kForAll, kSideEffects);
  define(isolate, context, natives, kForCells, kSideEffects);
  define_introspection(isolate, context, natives);
  return Value(Reference::make(isolate, context, natives, Profile::kReadme));
}

Outcome MakeProgramNativesOperation::run(Isolate& isolate) {
  Program* expected = nullptr;
  auto* program = new Program{&isolate, wake_, {}};
  if (!the_program.compare_exchange_strong(expected, program)) {
    delete program;
    return Failure{Fault::kState, "This process has a program already", {}};
  }
  Local context = context_->local();
  EnteredContext entered(context);
  TryCatch ignore(isolate.v8());
  Local natives = v8abi::object_new(isolate.v8());
  define(isolate, context, natives, kForInspection, kNoSideEffects);
  define(isolate, context, natives, kForAll, kSideEffects);
  define(isolate, context, natives, kForPrograms, kSideEffects);
  v8abi::isolate_set_promise_reject_callback(isolate.v8(), on_reject);
  return Value(Reference::make(isolate, context, natives, Profile::kReadme));
}

}  // namespace isolates::engine
