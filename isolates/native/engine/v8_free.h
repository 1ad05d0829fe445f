// Memory that V8's library made with its own operator new, which is not ours.
#pragma once

namespace isolates::engine {

/// Frees what V8 handed over without a function to free it: arrays of bytes, and objects after their
/// destructor. Any thread.
void free_from_v8(const void* memory);

}  // namespace isolates::engine
