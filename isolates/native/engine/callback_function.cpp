#include "engine/callback_function.h"

#include "engine/apply.h"
#include "engine/convert.h"
#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/grip.h"
#include "engine/held_memory.h"
#include "engine/isolate.h"
#include "engine/remote_promise.h"
#include "engine/rescue.h"
#include "engine/roots.h"
#include "engine/weak_data.h"

namespace isolates::engine {
namespace {

class FunctionData final : public WeakData {
 public:
  FunctionData(Isolate& isolate, std::shared_ptr<const Callback> callback)
      : WeakData(isolate), callback_(std::move(callback), isolate.weak_from_this()) {}
  /// Null if it was released.
  std::shared_ptr<const Callback> callback() const { return callback_.get(); }

 private:
  const GripOn<Callback> callback_;
};

std::variant<std::vector<Value>, Failure> read_arguments(Isolate& isolate, Local context,
                                                         const v8abi::CallInfo& info, Profile profile) {
  Crossing crossing;
  crossing.fallback = Crossing::Fallback::kCopy;
  crossing.profile = profile;
  std::vector<Value> arguments;
  arguments.reserve(static_cast<size_t>(info.length));
  for (int index = 0; index < info.length; ++index) {
    Outcome outcome = to_outcome(isolate, context, info.argument(index), crossing);
    if (auto* failure = std::get_if<Failure>(&outcome)) return std::move(*failure);
    arguments.push_back(std::get<Value>(std::move(outcome)));
  }
  return arguments;
}

/// The result of the function, or the failure to throw.
std::variant<Local, Failure> call(Isolate& isolate, Local context, const Callback& callback,
                                  std::vector<Value> arguments) {
  Crossing crossing;
  crossing.fallback = Crossing::Fallback::kCopy;
  crossing.profile = callback.profile();
  Application application{callback.function(), Undefined{}, std::move(arguments), crossing, {}};
  switch (callback.mode()) {
    case Callback::Mode::kSync: {
      Outcome outcome = apply_from_inside(isolate, std::move(application));
      if (auto* failure = std::get_if<Failure>(&outcome)) return std::move(*failure);
      if (isolate.is_lost()) return Roots::instance().undefined_local();
      return to_local(isolate, context, std::get<Value>(outcome));
    }
    case Callback::Mode::kAsync: {
      auto held = HeldMemory::take_or_collect(isolate, call_with(application.arguments));
      if (!held) return too_much_queued();
      auto promise = RemotePromise::make(isolate, context);
      if (!promise) return Failure{Fault::kState, "V8 could not make a promise", {}};
      Local result = promise->promise();
      application.crossing.promise = true;
      apply_later(std::move(application),
                  [promise, held](Outcome outcome) { promise->settle(std::move(outcome)); });
      return result;
    }
    case Callback::Mode::kIgnored: {
      auto held = HeldMemory::take_or_collect(isolate, call_with(application.arguments));
      if (!held) return too_much_queued();
      apply_later(std::move(application), [held](Outcome) {});
      return Roots::instance().undefined_local();
    }
  }
  return Roots::instance().undefined_local();
}

void on_call(const v8abi::CallInfo& info) {
  Isolate& isolate = Entry::innermost()->isolate();
  // A collection while the other side runs may free the data.
  auto callback = WeakData::of<FunctionData>(v8abi::function_data(info.isolate(), info.target())).callback();
  Local context = v8abi::isolate_current_context(isolate.v8());
  if (isolate.stop_now()) return;
  std::variant<Local, Failure> result;
  if (!callback) return throw_failure(isolate, context, {Fault::kReleased, Callback::kReleased, {}});
  auto arguments = read_arguments(isolate, context, info, callback->profile());
  if (auto* failure = std::get_if<Failure>(&arguments)) {
    result = std::move(*failure);
  } else {
    result = call(isolate, context, *callback, std::get<std::vector<Value>>(std::move(arguments)));
  }
  // Calling back in may have cost the isolate its life: then its frames below must not run on.
  if (isolate.is_lost()) {
    if (isolate.must_not_return()) leave_rescue_zone("the isolate was lost in a nested call");
    return;
  }
  if (isolate.stop_now()) return;
  if (auto* value = std::get_if<Local>(&result)) return info.set_result(*value);
  throw_failure(isolate, context, std::get<Failure>(result));
}

}  // namespace

Local make_function(Isolate& isolate, Local context, std::shared_ptr<const Callback> callback) {
  Local external = WeakData::attach(isolate, std::make_unique<FunctionData>(isolate, std::move(callback)));
  constexpr int kNotAConstructor = 0, kHasSideEffects = 0;
  return v8abi::function_new(context, on_call, external, 0, kNotAConstructor, kHasSideEffects);
}

}  // namespace isolates::engine
