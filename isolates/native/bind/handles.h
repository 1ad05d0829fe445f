// The objects that Python holds. Guarded by the GIL; what they point to is the engine's.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>
#include <optional>

#include "engine/callback.h"
#include "engine/external_copy.h"
#include "engine/grip.h"
#include "engine/handles.h"
#include "engine/isolate.h"
#include "engine/reference.h"

namespace isolates::engine {
class Module;
}

namespace isolates::bind {

/// Python's API is that of the README.
inline constexpr engine::Profile kProfile = engine::Profile::kReadme;

struct IsolateObject {
  std::shared_ptr<engine::Isolate> isolate;
};

/// After release() `handle` is empty; `isolate` stays, for errors that must come from it.
struct ContextObject {
  std::shared_ptr<engine::Isolate> isolate;
  engine::GripOn<engine::ContextHandle> handle;
  pybind11::object global;  // made when it is first asked for
};

struct ScriptObject {
  std::shared_ptr<engine::Isolate> isolate;
  engine::GripOn<engine::ScriptHandle> handle;
  engine::CodeCacheResult cache;
  pybind11::object cached_data;  // made when it is first asked for
};

/// `id` tells modules of an isolate apart, after release() too.
struct ModuleObject {
  std::shared_ptr<engine::Isolate> isolate;
  uint64_t id;
  engine::GripOn<engine::Module> module;  // empty after release()
  engine::CodeCacheResult cache;
  pybind11::object cached_data;  // made when it is first asked for
};

struct ReferenceObject {
  std::string type;
  engine::GripOn<engine::Reference> reference;  // empty after release()
};

/// What deref_into returns: used once.
struct DereferenceObject {
  std::shared_ptr<const engine::Reference> reference;
};

struct ExternalCopyObject {
  std::shared_ptr<const engine::ExternalCopy> copy;  // null after release()
};

/// What copy_into returns: used once.
struct CopyIntoObject {
  std::shared_ptr<const engine::ExternalCopy> copy;
  bool transfer_in;
};

struct CallbackObject {
  engine::Callback::Mode mode;
  engine::GripOn<engine::Callback> callback;
};

/// The `ivm` object of JavaScript, on its way there.
struct LibraryObject {
  engine::SharedTransferable library;
};

/// Without a mode: async for coroutine functions, sync for others.
engine::SharedTransferable make_callback(pybind11::object function,
                                         std::optional<engine::Callback::Mode> mode);

/// The Python object of what crosses as itself.
pybind11::object to_object(const engine::SharedTransferable& transferable);
pybind11::object to_object(const engine::Dereference& dereference);

/// What crosses as itself: handles, and callables as functions. Nothing for other objects; raises for
/// handles that are released.
std::optional<engine::Value> to_transferable(pybind11::handle object);

void bind_isolate(pybind11::module_& module);
void bind_context(pybind11::module_& module);
void bind_script(pybind11::module_& module);
void bind_reference(pybind11::module_& module);
void bind_external_copy(pybind11::module_& module);
void bind_callback(pybind11::module_& module);
void bind_program(pybind11::module_& module);
void bind_inspector_session(pybind11::module_& module);  // after the isolate: it gets methods
void bind_profiles(pybind11::module_& module);

}  // namespace isolates::bind
