// What V8 adds to the builtins of each context that starts from a snapshot.
#pragma once
#include "engine/v8_scopes.h"

namespace isolates::engine {

class Isolate;

// V8 leaves its newest features and `Error.stackTraceLimit` out of snapshots, and adds them to each context
// that starts from one: it gives up if a script (a polyfill, say) has put something in their places.
//
// Without a limit, errors have no stack. And so it must stay: an error whose stack was noted but not read yet
// breaks the snapshot (seen: contexts from it abort, and further snapshots of the process too). So the limit
// is locked; what scripts set it to is kept for the contexts.

enum class Stacks : bool { kNever, kNoted };

/// For a new context whose heap is to become a snapshot (never with kNoted), entered. The function that it
/// returns makes the places free. Null if there is no room for it.
Local prepare_globals(Isolate& isolate, Local context, Stacks stacks);

/// Before the snapshot, in the context, entered: calls that function, and keeps the limit that the scripts
/// have set in the context's embedder data.
void clear_globals(Isolate& isolate, Local context, Local clear);

/// For a new context that has started from a snapshot, entered: puts that limit back.
void restore_globals(Isolate& isolate, Local context);

}  // namespace isolates::engine
