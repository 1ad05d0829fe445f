// Threads that ask for the GIL when the interpreter ends.
#pragma once

namespace isolates::bind {

/// Python up to 3.13 ends such a thread, wherever in its code it asks, by pthread_exit, and glibc unwinds the
/// stack for that: through frames of ours, which then drop objects without the GIL or must not throw, and
/// through JavaScript's, which can't be unwound. From now on a thread with frames of ours stays there for
/// good instead, as Python 3.14 does with all; others end as ever. Once, at import. Other C libraries unwind
/// nothing.
void park_late_threads();

}  // namespace isolates::bind
