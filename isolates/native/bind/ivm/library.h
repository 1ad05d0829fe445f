// The `ivm` object.
#pragma once
#include <memory>

#include "engine/transferable.h"

namespace isolates::bind::ivm {

/// What `ivm` is when it crosses: an isolate that gets it can make isolates.
std::shared_ptr<const engine::Transferable> library(engine::Profile profile);

/// Teaches the engine this face; once, at import.
void install();

}  // namespace isolates::bind::ivm
