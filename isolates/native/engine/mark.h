// A number that follows JavaScript through its promises: which cell of a notebook it belongs to.
#pragma once
#include <cstdint>

#include "engine/v8_abi.h"

namespace isolates::engine {

class Isolate;

/// V8 keeps the mark of the moment with each promise reaction, and gives it back to the job. The engine keeps
/// it with each call that JavaScript makes, so that what runs elsewhere because of it, calls back included,
/// has the mark of its cause; and with each Reference, for calls that nobody marked has caused. 0 is none.
using Mark = int32_t;

/// Of the JavaScript that has called the calling thread; 0 outside.
Mark current_mark();

/// Inside.
Mark mark_of(const Isolate& isolate);
void set_mark(const Isolate& isolate, Mark mark);

/// The same for an operation: what was there before is to be put back where it ends.
v8abi::Local enter_mark(const Isolate& isolate, Mark mark);
void leave_mark(const Isolate& isolate, v8abi::Local before);

/// Whether V8 does with it what is said above. Inside.
bool check_mark(Isolate& isolate, v8abi::Local context);

}  // namespace isolates::engine
