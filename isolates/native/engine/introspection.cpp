#include "engine/introspection.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "engine/roots.h"
#include "engine/v8_abi_introspection.h"
#include "engine/v8_free.h"
#include "lib/timer.h"

namespace isolates::engine {
namespace {

constexpr auto kLongest = std::chrono::milliseconds(100);

/// Stops what runs when its time is over, and only that: the run that it interrupts goes on.
class LookDeadline {
 public:
  explicit LookDeadline(Isolate& isolate) : isolate_(isolate), state_(std::make_shared<State>()) {
    auto terminate = [state = state_, weak = isolate.weak_from_this()] {
      auto isolate = weak.lock();
      std::lock_guard<std::mutex> guard(state->mutex);
      if (!isolate || state->is_over) return;
      state->has_come = true;
      isolate->with_heap([](V8Isolate* v8) { v8abi::isolate_terminate(v8); });
    };
    timer_ = lib::Timer::instance().schedule(lib::SteadyClock::now() + kLongest, terminate);
  }
  ~LookDeadline() {
    lib::Timer::instance().cancel(timer_);
    {
      std::lock_guard<std::mutex> guard(state_->mutex);
      state_->is_over = true;
    }
    // A termination of the run below, at the same time, is lost with ours, or has ended up in here.
    if (state_->has_come) v8abi::isolate_cancel_terminate(isolate_.v8());
    if (isolate_.is_being_stopped()) v8abi::isolate_terminate(isolate_.v8());
  }
  LookDeadline(const LookDeadline&) = delete;
  LookDeadline& operator=(const LookDeadline&) = delete;

 private:
  struct State {
    std::mutex mutex;
    bool is_over = false;
    bool has_come = false;
  };
  Isolate& isolate_;
  std::shared_ptr<State> state_;
  lib::Timer::Id timer_;
};

/// Drops the microtasks that were queued meanwhile: they would run later, without the check.
class NoMicrotasksLeft {
 public:
  explicit NoMicrotasksLeft(Local context)
      : size_(reinterpret_cast<intptr_t*>(static_cast<char*>(v8abi::context_microtask_queue(context)) +
                                          v8abi::kMicrotaskQueueSizeOffset)),
        before_(*size_) {}
  ~NoMicrotasksLeft() { *size_ = before_; }
  NoMicrotasksLeft(const NoMicrotasksLeft&) = delete;
  NoMicrotasksLeft& operator=(const NoMicrotasksLeft&) = delete;

 private:
  intptr_t* const size_;
  const intptr_t before_;
};

}  // namespace

Outcome Look::run(Isolate& isolate) {
  V8Isolate* v8 = isolate.v8();
  HandleScope handles(v8);
  Local context = function_->context();
  EnteredContext entered(context);
  NoMicrotasksLeft queue(context);
  LookDeadline deadline(isolate);
  TryCatch caught(v8);
  Local arguments[] = {new_string(isolate, name_), new_string(isolate, argument_)};
  constexpr bool kThrowOnSideEffect = true;
  Local result =
      v8abi::debug_call_function_on(context, function_->value(), Roots::instance().undefined_local(),
                                    {arguments, std::size(arguments)}, kThrowOnSideEffect);
  if (!result) return Failure{Fault::kState, "It can't be looked at without side effects", {}};
  return to_outcome(isolate, context, result, {Crossing::How::kCopy});
}

// --- What the prelude looks with ---

namespace {

/// lexicalNames(): of the global `let`, `const` and `class`.
void lexical_names(const v8abi::CallInfo& info) {
  Isolate& isolate = Isolate::current(info.isolate());
  v8abi::GlobalVector names;
  v8abi::debug_global_lexical_scope_names(v8abi::isolate_current_context(isolate.v8()), &names);
  auto count = static_cast<size_t>(names.end - names.begin);
  info.set_result(v8abi::array_new(isolate.v8(), names.begin, count));
  std::for_each(names.begin, names.end, v8abi::global_delete);
  free_from_v8(names.begin);
}

/// lexicalValue(name): of one of them. Throws if it has none yet.
void lexical_value(const v8abi::CallInfo& info) {
  if (info.length < 1 || !v8abi::value_is_string(info.argument(0))) return;
  Local value = v8abi::debug_evaluate_global(Isolate::current(info.isolate()).v8(), info.argument(0),
                                             v8abi::kEvaluateDefault, false);
  if (value) info.set_result(value);
}

/// classOf(value): of those whose own code does not tell, by what the value is; nothing for others.
void class_of(const v8abi::CallInfo& info) {
  constexpr std::pair<const char*, bool (*)(Local)> kClasses[] = {{"RegExp", v8abi::value_is_regexp},
                                                                  {"Error", v8abi::value_is_native_error},
                                                                  {"TypedArray", v8abi::value_is_typed_array},
                                                                  {"Date", v8abi::value_is_date},
                                                                  {"Map", v8abi::value_is_map},
                                                                  {"Set", v8abi::value_is_set},
                                                                  {"Promise", v8abi::value_is_promise}};
  if (info.length < 1) return;
  for (auto& [name, is_it] : kClasses) {
    if (!is_it(info.argument(0))) continue;
    info.set_result(v8abi::string_new_utf8(Isolate::current(info.isolate()).v8(), name, 0, -1));
    return;
  }
}

/// regExpParts(value): the source of a RegExp, and V8's flags.
void regexp_parts(const v8abi::CallInfo& info) {
  Local value = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_regexp(value)) return;
  V8Isolate* v8 = Isolate::current(info.isolate()).v8();
  Local parts[] = {v8abi::regexp_source(value), v8abi::number_new(v8, v8abi::regexp_flags(value))};
  info.set_result(v8abi::array_new(v8, parts, std::size(parts)));
}

/// placeOf(function): [file, line, column], counted from 0; nothing for one that is native.
void place_of(const v8abi::CallInfo& info) {
  Local function = info.argument(0);
  if (info.length < 1 || !v8abi::value_is_function(function)) return;
  V8Isolate* v8 = Isolate::current(info.isolate()).v8();
  Local name = v8abi::function_script_origin(function).resource_name;
  int line = v8abi::function_script_line(function);
  if (!name || !v8abi::value_is_string(name) || line < 0) return;
  Local parts[] = {name, v8abi::number_new(v8, line),
                   v8abi::number_new(v8, v8abi::function_script_column(function))};
  info.set_result(v8abi::array_new(v8, parts, std::size(parts)));
}

}  // namespace

void define_introspection(Isolate& isolate, Local context, Local natives) {
  constexpr int kNotAConstructor = 0, kNoSideEffects = 1;
  constexpr std::pair<const char*, v8abi::HostFunction> kFunctions[] = {{"lexicalNames", lexical_names},
                                                                        {"lexicalValue", lexical_value},
                                                                        {"classOf", class_of},
                                                                        {"regExpParts", regexp_parts},
                                                                        {"placeOf", place_of}};
  for (auto& [name, function] : kFunctions) {
    Local key = v8abi::string_new_utf8(isolate.v8(), name, 0, -1);
    Local made = v8abi::function_new(context, function, nullptr, 0, kNotAConstructor, kNoSideEffects);
    v8abi::object_create_data_property(natives, context, key, made);
  }
}

}  // namespace isolates::engine
