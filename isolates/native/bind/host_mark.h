// Which cell the calls of Python belong to (engine/mark.h).
#pragma once
#include "engine/outcome.h"

namespace isolates::bind {

/// For the calling thread, or for the asyncio task that it runs. With the GIL.
void set_host_mark(engine::Mark mark);

/// Gives an operation that Python calls the host's mark, unless JavaScript has called Python. With the GIL.
void mark_by_host(engine::Operation& operation);

}  // namespace isolates::bind
