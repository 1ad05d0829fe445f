#include "engine/host_function.h"

#include "engine/convert.h"
#include "engine/copy.h"
#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/rescue.h"

namespace isolates::engine {
namespace {

constexpr uint16_t kTag = 0;

std::variant<std::vector<Value>, Failure> read_arguments(Isolate& isolate, Local context,
                                                         const v8abi::CallInfo& info) {
  std::vector<Value> arguments;
  arguments.reserve(static_cast<size_t>(info.length));
  for (int index = 0; index < info.length; ++index) {
    Outcome outcome =
        to_outcome(isolate, context, info.argument(index), {Crossing::How::kCopy, {}, false, false});
    if (auto* failure = std::get_if<Failure>(&outcome)) return std::move(*failure);
    arguments.push_back(std::get<Value>(std::move(outcome)));
  }
  return arguments;
}

/// The request to terminate alone would let JavaScript run on to its next safe point: past a `catch` perhaps,
/// or into the host again.
bool stop_now(Isolate& isolate) {
  if (!isolate.is_being_stopped()) return false;
  v8abi::isolate_throw_termination(isolate.v8());
  return true;
}

void call_host(const v8abi::CallInfo& info) {
  auto* data = static_cast<HostFunctionData*>(
      v8abi::external_value(v8abi::function_data(info.isolate(), info.target()), kTag));
  Isolate& isolate = *data->isolate;
  auto callable = data->callable;  // a collection while the host runs may free the data
  Local context = v8abi::isolate_current_context(isolate.v8());
  if (stop_now(isolate)) return;
  auto arguments = read_arguments(isolate, context, info);
  Outcome outcome;
  if (auto* failure = std::get_if<Failure>(&arguments)) {
    outcome = std::move(*failure);
  } else {
    Isolate::Outside outside(isolate);
    outcome = callable->call(std::get<std::vector<Value>>(std::move(arguments)));
  }
  if (isolate.is_lost()) return;
  if (stop_now(isolate)) return;
  if (auto* value = std::get_if<Value>(&outcome)) {
    auto local = to_local(isolate, context, *value);
    if (auto* made = std::get_if<Local>(&local)) return info.set_result(*made);
    outcome = std::get<Failure>(std::move(local));
  }
  v8abi::isolate_throw(isolate.v8(), new_error(isolate, context, std::get<Failure>(outcome)));
}

void on_call(const v8abi::CallInfo& info) {
  auto* entry = Entry::innermost();
  Isolate& isolate = entry->isolate();
  call_host(info);
  // Calling back in may have cost the isolate its life: then its frames below must not run on.
  if (isolate.is_lost() && isolate.must_not_return())
    leave_rescue_zone("the isolate was lost in a nested call");
}

void on_collected(const v8abi::WeakCallbackInfo& info) {
  auto* data = static_cast<HostFunctionData*>(info.parameter);
  v8abi::global_delete(data->weak);
  data->isolate->remove(data);
  // Dropping the callable may take the GIL, which a collection must not wait for.
  data->isolate->defer([callable = std::move(data->callable)] {});
  delete data;
}

}  // namespace

Local HostFunctionData::make_function(Isolate& isolate, Local context,
                                      std::shared_ptr<HostCallable> callable) {
  auto* data = new HostFunctionData{&isolate, std::move(callable)};
  Local external = v8abi::external_new(isolate.v8(), data, kTag);
  data->weak = v8abi::global_new(isolate.v8(), *external);
  v8abi::global_make_weak(data->weak, data, on_collected, 0);
  isolate.add(data);
  constexpr int kNotAConstructor = 0, kHasSideEffects = 0;
  return v8abi::function_new(context, on_call, external, 0, kNotAConstructor, kHasSideEffects);
}

Isolate::Outside::Outside(Isolate& isolate) : isolate_(isolate) {
  isolate_.pause_deadlines();
  Entry::switch_clocks(&isolate_, nullptr, false, false);
}

Isolate::Outside::~Outside() {
  Entry::switch_clocks(nullptr, &isolate_, false, false);
  isolate_.resume_deadlines();
}

}  // namespace isolates::engine
