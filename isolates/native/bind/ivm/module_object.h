// What the objects of modules hold.
#pragma once
#include "bind/ivm/objects.h"
#include "engine/module.h"

namespace isolates::bind::ivm {

inline constexpr const char* kModuleReleased = "Module has been released";

/// Knows its object as long as both live: a resolver gets the very object as referrer that its program holds,
/// which may be a key in a Map there.
class ModuleObject final : public Releasable<engine::Module, kModuleReleased> {
 public:
  using Releasable::Releasable;
  ~ModuleObject() override { leave(); }

  void abandon() override;
  void release();
  void know(Local object);

  /// Inside `isolate`: the object of `module` that belongs to `context`, or null.
  static Local find(Isolate& isolate, Local context, const engine::Module& module);

 private:
  void leave();
  Local object_ = nullptr;  // a weak global
  const engine::Module* module_ = nullptr;
};

/// An object for it; of the same context the same one again, while it lives and is not released.
Local module_object(Isolate& isolate, Local context, const std::shared_ptr<const engine::Module>& module);

}  // namespace isolates::bind::ivm
