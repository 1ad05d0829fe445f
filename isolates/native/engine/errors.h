// Exceptions of JavaScript on their way out, and ours on their way in.
#pragma once
#include <memory>

#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

class Isolate;

/// What `exception` tells, read with JavaScript forbidden: getters, proxies and a hostile prepareStackTrace
/// make a part missing, never run. `message` (v8::Message) may be empty.
std::shared_ptr<Thrown> capture_thrown(Isolate& isolate, Local context, Local exception, Local message);

/// The failure of a call whose JavaScript threw what `caught` holds.
Failure thrown_failure(Isolate& isolate, Local context, const TryCatch& caught);

/// The stack of what runs right now, as an Error with `message` made here would show it.
std::shared_ptr<Thrown> current_stack(Isolate& isolate, const char* message);

/// Keeps the error classes that V8's API can't make, before code of the context's users can replace them. For
/// a new context, entered.
void remember_error_classes(Isolate& isolate, Local context);

/// A new Error for JavaScript that tells what `failure` does: of its class where it is a standard one. Where
/// `caller_stack` (the stack of an Error made where the call was) has text, the stack goes on with its
/// frames, behind "at (<isolated-vm boundary>)" if it was thrown elsewhere. Frames of a default isolate are
/// left out in those that it has made: they name files of the host.
Local new_error(Isolate& isolate, Local context, const Failure& failure, const Text& caller_stack = {});

/// Throws it into the JavaScript that called us.
void throw_failure(Isolate& isolate, Local context, const Failure& failure);

}  // namespace isolates::engine
