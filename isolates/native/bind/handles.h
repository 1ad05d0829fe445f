// The objects that Python holds. Guarded by the GIL; what they point to is the engine's.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>
#include <optional>

#include "engine/isolate.h"
#include "engine/reference.h"
#include "engine/remote_handle.h"

namespace isolates::bind {

struct IsolateHandle {
  std::shared_ptr<engine::Isolate> isolate;
};

/// After release() `handle` is null; `isolate` stays, for errors that must come from it.
struct ContextHandle {
  std::shared_ptr<engine::Isolate> isolate;
  std::shared_ptr<engine::RemoteHandle> handle;
};

struct ScriptHandle {
  std::shared_ptr<engine::Isolate> isolate;
  std::shared_ptr<engine::RemoteHandle> handle;
};

struct ReferenceHandle {
  std::string type;
  std::shared_ptr<engine::Reference> reference;  // null after release()
};

/// What deref_into returns: used once.
struct DereferenceHandle {
  std::shared_ptr<engine::Reference> reference;
};

pybind11::object make_handle(std::shared_ptr<engine::Reference> reference);

/// What crosses as itself: handles, and callables as functions. Nothing for other objects.
std::optional<engine::Value> to_host_value(pybind11::handle object);

void bind_isolate(pybind11::module_& module);
void bind_context(pybind11::module_& module);
void bind_script(pybind11::module_& module);
void bind_reference(pybind11::module_& module);

}  // namespace isolates::bind
