// isolate.createInspectorSession(), as JavaScript sees it.
#pragma once
#include <memory>

#include "bind/ivm/arguments.h"

namespace isolates::bind::ivm {

/// Makes a session of `target` the call's result.
void create_inspector_session(const Arguments& arguments, const std::shared_ptr<Isolate>& target);

}  // namespace isolates::bind::ivm
