// Where something was thrown that is no Error and has no stack. Linux; nobody knows elsewhere.
#pragma once
#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

class Isolate;

/// From now on V8 tells of each throw: an async function forgets the place of what it throws before anyone
/// outside could ask. To be called once, before there are isolates.
void install_thrown_places();

/// V8's message of what the run of now has thrown last, if that was this value and no Error; else null. In
/// supervised isolates; a global, which goes at the next throw, or when the run has ended.
Local thrown_place(Isolate& isolate, Local value);
/// At the end of a run.
void forget_thrown_place(Isolate& isolate);

/// The failure of a promise that was rejected; `message` is what thrown_place() found, or null. Inside, in
/// the entered context.
Failure rejected_with(Isolate& isolate, Local context, Local reason, Local message);

}  // namespace isolates::engine
