// Coming between a library and functions that it calls. Linux; does nothing elsewhere.
#pragma once
#include <cstddef>

namespace isolates::engine {

struct Import {
  const char* name;  // its symbol
  void* replacement;
  bool only_of_others = false;  // where the library is bound to its own function, it stays
};

/// Puts the replacements into the import table of the library (or program) that `function` belongs to: for
/// its own calls only, also for those of exported functions of its own. Done at most once for each import.
/// The library must never be unloaded.
void replace_imports(void* function, const Import* imports, size_t count);
/// That of V8.
void replace_imports(const Import* imports, size_t count);

}  // namespace isolates::engine
