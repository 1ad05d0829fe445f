// What holds for the process as a whole.
#pragma once

namespace isolates::lib {

/// Remembers the process; to be called once, at import.
void watch_for_fork();

/// True in a child that was forked after import: its threads are gone and V8's locks may be held by nobody.
bool is_forked_child();

/// CPUs that this process may run on.
int usable_cores();

}  // namespace isolates::lib
