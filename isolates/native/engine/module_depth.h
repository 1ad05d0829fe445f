// How deep a graph of modules is.
#pragma once
#include <optional>

#include "engine/module_linking.h"

namespace isolates::engine {

class ModuleMap;

/// Inside, before V8 links what was found: notes the depth of each module. Failure if one is too deep.
///
/// V8 walks graphs by recursion, and not all of it looks at the stack: to reject the importers of a module
/// that fails after an await, and to collect `export *`, it goes as deep as the graph. Hostile code could
/// have it built level by level, by import(), so that no single link is deep.
std::optional<Failure> measure_depths(ModuleMap& map, const ModuleLinking& linking);

}  // namespace isolates::engine
