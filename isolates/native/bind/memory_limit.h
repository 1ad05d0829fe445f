// The option `memory_limit`.
#pragma once
#include <cstddef>

#include "bind/arguments.h"

namespace isolates::bind {

/// In bytes; 128 MB if it was not given. Refuses what is below 8 MB or can't be megabytes.
size_t read_memory_limit(const Arguments& arguments);

}  // namespace isolates::bind
