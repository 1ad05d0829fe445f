#include "engine/introspection_check.h"

#include <algorithm>
#include <string>

#include "engine/convert.h"
#include "engine/experiment.h"
#include "engine/isolate.h"
#include "engine/roots.h"
#include "engine/v8_abi_introspection.h"
#include "engine/v8_free.h"

namespace isolates::engine {
namespace {

class ContextExperiment final : public Experiment {
 public:
  Outcome run(Isolate& isolate) override {
    v8_ = isolate.v8();
    context_ = v8abi::context_new(v8_, nullptr, nullptr, nullptr, {}, nullptr, {}, {});
    EnteredContext entered(context_);
    TryCatch ignore(v8_);
    Local harmless = evaluate("var x = 1; let one = 2; const two = 3;\n\n(function (a, b) { return a + b })");
    Local harmful = evaluate("(function () { x = 2 })");
    if (!harmless || !harmful) return Value(Undefined{});
    passed = are_names_told() && is_checked(isolate, harmless, harmful) && is_place_told(isolate, harmless) &&
             is_regexp_told(isolate) && are_microtasks_counted(harmless);
    return Value(Undefined{});
  }

 private:
  Local text(const char* utf8) { return v8abi::string_new_utf8(v8_, utf8, 0, -1); }

  Local evaluate(const char* code) {
    v8abi::ScriptSource source{};
    source.source = text(code);
    source.resource_name = text("a name");
    Local script = v8abi::script_compile(context_, &source, 0, 0);
    return script ? v8abi::script_run(script, context_) : nullptr;
  }

  bool is(Isolate& isolate, Local value, const char* latin1) {
    if (!value || !v8abi::value_is_string(value)) return false;
    auto found = read_text(isolate, value);
    return found && !found->two_byte && found->units == latin1;
  }

  bool are_names_told() {
    v8abi::GlobalVector names;
    v8abi::debug_global_lexical_scope_names(context_, &names);
    bool are_two = names.end - names.begin == 2;
    std::for_each(names.begin, names.end, v8abi::global_delete);
    free_from_v8(names.begin);
    Local value = v8abi::debug_evaluate_global(v8_, text("two"), v8abi::kEvaluateDefault, false);
    return are_two && value && v8abi::value_is_int32(value);
  }

  bool is_checked(Isolate& isolate, Local harmless, Local harmful) {
    Local arguments[] = {text("so "), text("it is")};
    Local receiver = Roots::instance().undefined_local();
    Local sum = v8abi::debug_call_function_on(context_, harmless, receiver, {arguments, 2}, true);
    TryCatch refused(v8_);
    bool is_refused = !v8abi::debug_call_function_on(context_, harmful, receiver, {arguments, 0}, true);
    return is(isolate, sum, "so it is") && is_refused;
  }

  bool is_place_told(Isolate& isolate, Local function) {
    return is(isolate, v8abi::function_script_origin(function).resource_name, "a name") &&
           v8abi::function_script_line(function) == 2 && v8abi::function_script_column(function) == 10;
  }

  bool is_regexp_told(Isolate& isolate) {
    Local value = evaluate("/a+/gv");
    return value && v8abi::value_is_regexp(value) && v8abi::regexp_flags(value) == (1 | 256) &&
           is(isolate, v8abi::regexp_source(value), "a+");
  }

  bool are_microtasks_counted(Local function) {
    auto* queue = static_cast<char*>(v8abi::context_microtask_queue(context_));
    auto* count = reinterpret_cast<intptr_t*>(queue + v8abi::kMicrotaskQueueSizeOffset);
    Local resolver = v8abi::resolver_new(context_);
    Local promise = resolver ? v8abi::resolver_promise(resolver) : nullptr;
    if (*count != 0 || !promise || !v8abi::promise_then(promise, context_, function, function)) return false;
    v8abi::resolver_resolve(resolver, context_, text("it is"));
    if (*count != 1) return false;
    v8abi::isolate_run_microtasks(v8_);
    return *count == 0;
  }

  V8Isolate* v8_ = nullptr;
  Local context_ = nullptr;
};

}  // namespace

void check_introspection() { check_by<ContextExperiment>("What V8 tells of a context"); }

}  // namespace isolates::engine
