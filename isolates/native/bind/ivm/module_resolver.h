// Functions of JavaScript that find modules.
#pragma once
#include <memory>

#include "bind/form.h"
#include "bind/ivm/arguments.h"
#include "engine/module.h"

namespace isolates::bind::ivm {

/// kSync: asked below the JavaScript that called, must return a Module. kAsync: asked by a task of its
/// isolate, may return a promise of one.
std::shared_ptr<engine::ModuleResolver> make_resolver(const Arguments& arguments, Form form, Local function);

}  // namespace isolates::bind::ivm
