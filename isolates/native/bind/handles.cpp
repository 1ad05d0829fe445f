#include "bind/handles.h"

#include "bind/arguments.h"
#include "bind/errors.h"
#include "bind/host_object.h"
#include "engine/callback.h"
#include "engine/module.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::Callback;
using Kind = engine::Transferable::Kind;

template <class T>
std::shared_ptr<const T> as(const engine::SharedTransferable& it) {
  return std::static_pointer_cast<const T>(it);
}

/// The handle inside, unless it is released.
template <class Handle>
engine::Value unreleased(const Handle& handle, const char* message) {
  if (!handle) raise({engine::Fault::kReleased, message, {}});
  return engine::SharedTransferable(handle.get());
}

engine::Value unreleased_copy(const ExternalCopyObject& copy) {
  if (!copy.copy) raise({engine::Fault::kReleased, "Copy has been released", {}});
  return engine::SharedTransferable(copy.copy);
}

}  // namespace

py::object to_object(const engine::SharedTransferable& it) {
  switch (it->kind()) {
    case Kind::kIsolate:
      return py::cast(IsolateObject{as<engine::IsolateHandle>(it)->isolate()});
    case Kind::kContext: {
      auto handle = as<engine::ContextHandle>(it);
      return py::cast(ContextObject{handle->isolate(), handle, {}});
    }
    case Kind::kScript: {
      auto handle = as<engine::ScriptHandle>(it);
      return py::cast(ScriptObject{handle->isolate(), handle, handle->cache(), {}});
    }
    case Kind::kModule: {
      auto handle = as<engine::Module>(it);
      return py::cast(ModuleObject{handle->isolate(), handle->info().id, handle, handle->cache(), {}});
    }
    case Kind::kReference: {
      auto reference = as<engine::Reference>(it);
      return py::cast(ReferenceObject{reference->type(), reference});
    }
    case Kind::kCallback: {
      auto callback = as<Callback>(it);
      if (auto& host = callback->function()->host()) return host_object(*host);
      return py::cast(CallbackObject{callback->mode(), callback});
    }
    case Kind::kLibrary:
      return py::cast(LibraryObject{it});
    case Kind::kExternalCopy:
      return py::cast(ExternalCopyObject{as<engine::ExternalCopy>(it)});
  }
  raise({engine::Fault::kTransfer, "Python has no form for it", {}});
}

py::object to_object(const engine::Dereference& dereference) {
  if (auto& host = dereference.reference->host()) return host_object(*host);
  raise({engine::Fault::kTransfer, "Cannot dereference this into target isolate", {}});
}

std::optional<engine::Value> to_transferable(py::handle object) {
  if (py::isinstance<ReferenceObject>(object)) {
    return unreleased(self_as<ReferenceObject>(object.ptr()).reference, "Reference has been released");
  }
  if (py::isinstance<DereferenceObject>(object)) {
    auto& dereference = self_as<DereferenceObject>(object.ptr());
    if (!dereference.reference) {
      raise({engine::Fault::kTransfer, "The return value of `derefInto()` should only be used once", {}});
    }
    return engine::Value(engine::Dereference{std::move(dereference.reference)});
  }
  if (py::isinstance<ExternalCopyObject>(object)) {
    return unreleased_copy(self_as<ExternalCopyObject>(object.ptr()));
  }
  if (py::isinstance<CopyIntoObject>(object)) {
    auto& into = self_as<CopyIntoObject>(object.ptr());
    if (!into.copy) {
      raise({engine::Fault::kTransfer, "The return value of `copyInto()` should only be used once", {}});
    }
    return engine::Value(engine::CopyInto{std::move(into.copy), into.transfer_in});
  }
  if (py::isinstance<IsolateObject>(object)) {
    auto& isolate = self_as<IsolateObject>(object.ptr()).isolate;
    return engine::Value(std::make_shared<const engine::IsolateHandle>(isolate, kProfile));
  }
  if (py::isinstance<ContextObject>(object)) {
    return unreleased(self_as<ContextObject>(object.ptr()).handle, "Context is released");
  }
  if (py::isinstance<ScriptObject>(object)) {
    return unreleased(self_as<ScriptObject>(object.ptr()).handle, "Script has been released");
  }
  if (py::isinstance<ModuleObject>(object)) {
    return unreleased(object.cast<ModuleObject&>().module, "Module has been released");
  }
  if (py::isinstance<CallbackObject>(object)) {
    return unreleased(self_as<CallbackObject>(object.ptr()).callback, Callback::kReleased);
  }
  if (py::isinstance<LibraryObject>(object))
    return engine::Value(self_as<LibraryObject>(object.ptr()).library);
  if (PyCallable_Check(object.ptr())) {
    return engine::Value(make_callback(py::reinterpret_borrow<py::object>(object), std::nullopt));
  }
  return std::nullopt;
}

}  // namespace isolates::bind
