// How much stack the calling thread may use.
#pragma once
#include <cstddef>
#include <cstdint>

namespace isolates::lib {

/// Lowest usable address of the calling thread's stack. Asked from the system once for each thread.
uintptr_t stack_bottom();

inline uintptr_t stack_pointer() { return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)); }

}  // namespace isolates::lib
