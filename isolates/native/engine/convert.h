// Values between V8 and the data that crosses. All functions run inside the isolate, in an entered context.
#pragma once
#include <optional>
#include <variant>

#include "engine/outcome.h"
#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

/// How a result crosses, if it is no primitive.
struct Crossing {
  /// For cells, whose value the context keeps (engine/last_value.h), undefined crosses as itself. kKept: all
  /// else as kReference. kShown, of a supervised isolate: a primitive as the text that shows it.
  enum class How : uint8_t { kTransfer, kCopy, kReference, kExternalCopy, kShown, kKept };
  enum class Fallback : uint8_t { kUndefined, kRefuse, kReference, kCopy };  // for what can't be transferred
  How how = How::kTransfer;
  Fallback fallback = Fallback::kUndefined;
  bool promise = false;    // the settled value crosses
  bool unsettled = false;  // it is not waited for: with `promise` the outcome is an Unsettled
  bool repl = false;       // the promise is V8's REPL wrapper around the value
  bool await = false;      // with `repl`: a value that is a promise is waited for too
  Profile profile = Profile::kReadme;
};

/// An Object: the outcome of a promise as it is now, Pending perhaps.
struct Unsettled {
  Outcome outcome;
};

/// The code units of a string; nothing if it is larger than the isolate's memory limit (a rope of a few
/// bytes can stand for 512 MB, which the host would have to hold).
std::optional<Text> read_text(Isolate& isolate, Local string);

/// Empty if V8 refuses: too long, or out of memory.
Local new_string(Isolate& isolate, const TextView& text);

/// A primitive other than a Symbol; nothing if it is something else.
std::optional<Value> to_primitive(Isolate& isolate, Local value);

/// The value on its way out; Failure, or Pending for a promise that has not settled.
Outcome to_outcome(Isolate& isolate, Local context, Local value, Crossing crossing);

std::variant<Local, Failure> to_local(Isolate& isolate, Local context, const Value& value);

}  // namespace isolates::engine
