// A copy of a copy, with memory of its own where that one has memory that others see too.
#pragma once
#include <memory>
#include <variant>

#include "engine/external_copy.h"

namespace isolates::engine {

/// The same value; `copy` itself if no memory of it is shared. Its SharedArrayBuffers are what the others'
/// were at some moment while this runs; of a view that is the whole value, only the window is copied. What
/// crosses as itself (a Reference, an ExternalCopy) still does. Any thread.
std::variant<std::shared_ptr<const ExternalCopy>, Failure> unshared(
    const std::shared_ptr<const ExternalCopy>& copy);

}  // namespace isolates::engine
