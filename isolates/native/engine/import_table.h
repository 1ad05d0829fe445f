// Coming between V8's library and functions that it calls. Linux; does nothing elsewhere.
#pragma once
#include <cstddef>

namespace isolates::engine {

struct Import {
  const char* name;  // its symbol
  void* replacement;
  void* expected = nullptr;  // only where it is bound to this
};

/// Puts the replacements into the import table of V8's library: for its own calls only, also for those of
/// exported functions of its own. Done at most once for each import.
void replace_imports(const Import* imports, size_t count);

}  // namespace isolates::engine
