// Does V8 tell what is in a context as v8_abi_introspection.h says?
#pragma once

namespace isolates::engine {

/// Throws Failure (kState) if not. Tried once, at the first look: it costs an isolate, which an import should
/// not.
void check_introspection();

}  // namespace isolates::engine
