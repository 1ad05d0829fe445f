// The three forms of every call, as JavaScript makes them.
#pragma once
#include <memory>

#include "bind/form.h"
#include "bind/ivm/arguments.h"
#include "engine/apply.h"
#include "engine/isolate.h"
#include "engine/remote_promise.h"
#include "engine/v8_scopes.h"

namespace isolates::bind::ivm {

using Convert = engine::RemotePromise::Convert;

/// kSync: runs and returns or throws Failure; with `promise` returns a promise. kAsync: queues and returns a
/// promise. kIgnored: queues.
void call(const Arguments& arguments, Form form, const std::shared_ptr<Isolate>& target,
          std::unique_ptr<engine::Operation> operation, engine::RunLimits limits = {},
          Convert convert = nullptr);

/// The asynchronous form of a call that `make` builds around its receiver.
void post(const Arguments& arguments, const std::shared_ptr<Isolate>& target,
          const std::function<std::shared_ptr<engine::Call>(engine::Call::Receiver)>& make);

/// The same for calling what a reference points to, wherever that is.
void apply(const Arguments& arguments, Form form, engine::Application application);

/// Makes a result of what is known at once: in the asynchronous form a promise of it.
void answer(const Arguments& arguments, Form form, engine::Outcome outcome, Convert convert = nullptr);

/// undefined where Python gets None.
engine::Outcome as_undefined(engine::Outcome outcome);

/// The promise that is the result is rejected with what JavaScript has thrown.
void reject(const Arguments& arguments, engine::TryCatch& caught);

/// Reads options, builds a call and makes it. What fails in that rejects the asynchronous form and is thrown
/// by the others; refused parameters (Refusal) are thrown by all.
template <class Build>
void build_call(const Arguments& arguments, Form form, Build build) {
  if (form != Form::kAsync) return build();
  engine::TryCatch caught(arguments.isolate().v8());
  try {
    build();
  } catch (Failure& failure) {
    answer(arguments, form, std::move(failure));
  } catch (JavaScriptThrew&) {
    reject(arguments, caught);
  }
}

}  // namespace isolates::bind::ivm
