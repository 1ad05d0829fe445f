// Declarations of a cell that replace older ones of another kind.
#pragma once
#include <string>
#include <vector>

#include "engine/script.h"

namespace isolates::engine {

/// Runs a compiled REPL script, as v8abi::script_run does; but where V8 refuses it, since one of its names is
/// declared as something else already, makes room for that name and runs it again. V8 itself replaces a `let`
/// by a `let` and a `const` by a `const`.
///
/// How V8 has such names decides what is done (redeclaration.cpp). A name that was `let`, `const` or `class`
/// once lives in one slot of one script context for good, since code that uses it may know the slot. So that
/// `let` takes the place of a `const`, the mode in that context's ScopeInfo is changed; so that a `var` or a
/// function does, V8 is told for the time of its check that the slot is no lexical one, and the script begins
/// with an assignment that fills the slot. A `var` or a function is a property of the global object; a `let`
/// takes its place if it can be deleted, so it is made such, and deleted once the script has begun. If the
/// script can't be started even so, all is put back.
///
/// Inside, with the context entered. `caught` holds what was thrown if the result is empty.
Local run_cell(Isolate& isolate, Local context, const v8abi::ScriptSource& source, const TextView& code,
               Local unbound, TryCatch& caught);

/// Whether V8 has declarations as redeclaration.cpp expects.
bool check_redeclaration(Isolate& isolate, Local context);

}  // namespace isolates::engine
