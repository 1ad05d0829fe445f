#include "bind/ivm/module_object.h"

#include <map>
#include <mutex>

#include "bind/ivm/classes.h"
#include "bind/ivm/code_cache.h"
#include "engine/isolate.h"
#include "engine/v8_abi_modules.h"

namespace isolates::bind::ivm {
namespace {

/// The objects of all modules in all isolates. An entry is read inside its isolate only; the mutex is for the
/// table.
struct Objects {
  std::mutex mutex;
  std::multimap<std::pair<const Isolate*, const engine::Module*>, ModuleObject*> all;
};
/// A handle of the current scope, as V8's inline Local::New makes it.
Local new_local(v8abi::V8Isolate* v8, Local global) {
  v8abi::Address** next = v8abi::handles_next(v8);
  Local made = *next;
  if (made == *v8abi::handles_limit(v8)) made = v8abi::handles_extend(v8);
  *next = made + 1;
  *made = *global;
  return made;
}

Objects& objects() {
  static auto& it = *new Objects();
  return it;
}

}  // namespace

void ModuleObject::know(Local object) {
  module_ = handle().get();
  object_ = v8abi::global_new(isolate_.v8(), *object);
  auto on_collected = [](const v8abi::WeakCallbackInfo& info) {
    auto* self = static_cast<ModuleObject*>(info.parameter);
    self->leave();
    // `abandon` may have come first, in the same collection.
    if (self->object_) v8abi::global_delete(self->object_);
    self->object_ = nullptr;
  };
  v8abi::global_make_weak(object_, this, on_collected, 0);
  std::lock_guard<std::mutex> guard(objects().mutex);
  objects().all.emplace(std::pair<const Isolate*, const engine::Module*>(&isolate_, module_), this);
}

void ModuleObject::leave() {
  std::lock_guard<std::mutex> guard(objects().mutex);
  auto [first, last] =
      objects().all.equal_range(std::pair<const Isolate*, const engine::Module*>(&isolate_, module_));
  for (auto it = first; it != last; ++it) {
    if (it->second != this) continue;
    objects().all.erase(it);
    return;
  }
}

void ModuleObject::abandon() {
  leave();
  if (object_) v8abi::global_delete(object_);
  object_ = nullptr;
}

void ModuleObject::release() {
  Releasable::release();
  leave();
}

Local ModuleObject::find(Isolate& isolate, Local context, const engine::Module& module) {
  std::lock_guard<std::mutex> guard(objects().mutex);
  auto [first, last] =
      objects().all.equal_range(std::pair<const Isolate*, const engine::Module*>(&isolate, &module));
  for (auto it = first; it != last; ++it) {
    Local object = it->second->is_released() ? nullptr : it->second->object_;
    if (object && *v8abi::object_creation_context(object, isolate.v8()) == *context)
      return new_local(isolate.v8(), object);
  }
  return nullptr;
}

Local module_object(Isolate& isolate, Local context, const std::shared_ptr<const engine::Module>& module) {
  if (Local known = ModuleObject::find(isolate, context, *module)) return known;
  auto made = std::make_unique<ModuleObject>(isolate, module);
  auto& wrapped = *made;
  Local object = new_object(isolate, context, ClassId::kModule, std::move(made));
  if (!object || !define_code_cache(isolate, context, object, module->cache())) return nullptr;
  wrapped.know(object);
  return object;
}

}  // namespace isolates::bind::ivm
