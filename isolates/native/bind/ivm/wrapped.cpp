#include "bind/ivm/wrapped.h"

#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {

Wrapped* Wrapped::of(Local object) {
  // Objects of JavaScript's own have no internal fields (buffers have other numbers of them), and scripts
  // can't make any. The field is empty while the constructor runs, and if it has thrown.
  if (!v8abi::value_is_object(object) || v8abi::object_internal_field_count(object) != 1) return nullptr;
  Local field = v8abi::object_internal_field(object, 0);
  if (!field || !v8abi::value_is_external(field)) return nullptr;
  return dynamic_cast<Wrapped*>(&engine::WeakData::of<engine::WeakData>(field));
}

}  // namespace isolates::bind::ivm
