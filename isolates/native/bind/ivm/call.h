// The three forms of every call, as JavaScript makes them.
#pragma once
#include <memory>

#include "bind/form.h"
#include "bind/ivm/arguments.h"
#include "engine/apply.h"
#include "engine/remote_promise.h"

namespace isolates::bind::ivm {

using Convert = engine::RemotePromise::Convert;

/// kSync: runs and returns or throws Failure. kAsync: queues and returns a promise. kIgnored: queues.
void call(const Arguments& arguments, Form form, const std::shared_ptr<Isolate>& target,
          std::unique_ptr<engine::Operation> operation, engine::RunLimits limits = {},
          Convert convert = nullptr);

/// The same for calling what a reference points to, wherever that is.
void apply(const Arguments& arguments, Form form, engine::Application application);

/// Makes a result of what is known at once: in the asynchronous form a promise of it.
void answer(const Arguments& arguments, Form form, engine::Outcome outcome, Convert convert = nullptr);

/// Builds and makes a call; a Failure while it is built rejects the asynchronous form and is thrown by the
/// others.
template <class Build>
void build_call(const Arguments& arguments, Form form, Build build) {
  try {
    build();
  } catch (Failure& failure) {
    if (form != Form::kAsync) throw;
    answer(arguments, form, std::move(failure));
  }
}

}  // namespace isolates::bind::ivm
