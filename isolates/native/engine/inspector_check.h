// Does V8's inspector answer as v8_abi_inspector.h says?
#pragma once

namespace isolates::engine {

/// Throws Failure (kState) if not. Tried once, when the first isolate with an inspector is made: it costs an
/// isolate, which an import should not.
void check_inspector();

}  // namespace isolates::engine
