// Module, and what Python gives for its sake.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>

#include "bind/arguments.h"
#include "bind/call.h"
#include "engine/module.h"

namespace isolates::bind {

/// Asks a Python callable for modules. kAsync: on the event loop that runs where this is made, if one does,
/// and answers that are awaitable are awaited. kSync: where it is asked, and it must answer at once.
std::shared_ptr<engine::ModuleResolver> make_resolver(Form form, pybind11::object callable);
/// The argument `name`: a callable; null for None.
std::shared_ptr<engine::ModuleResolver> read_resolver(Form form, const Arguments& arguments,
                                                      const char* name);

/// The argument `meta`: a callable, a Reference to a function of `isolate`, or None.
engine::MetaSource read_import_meta(const Arguments& arguments,
                                    const std::shared_ptr<engine::Isolate>& isolate);

void bind_module(pybind11::module_& module);
void bind_module_resolver(pybind11::module_& module);
/// Isolate's methods that make modules.
void bind_compile_module(pybind11::object& isolate_type);

}  // namespace isolates::bind
