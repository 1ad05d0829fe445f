#include "engine/properties.h"

#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/roots.h"

namespace isolates::engine {
namespace {

std::optional<Failure> refuse_object(Local object) {
  if (!v8abi::value_is_object(object)) return Failure{Fault::kTransfer, "Reference is not an object", {}};
  for (Local it = object; it && v8abi::value_is_object(it); it = v8abi::object_prototype(it)) {
    if (v8abi::value_is_proxy(it)) return Failure{Fault::kTransfer, "Object is or has proxy", {}};
  }
  return std::nullopt;
}

bool has_own(Local object, Local context, Local name) {
  auto has = v8abi::object_has_own_property(object, context, name);
  return has.has && has.value;
}

Local own_string(Isolate& isolate, const char* text) {
  return v8abi::string_new_utf8(isolate.v8(), text, 0, -1);
}

/// Which object of the chain has it; null if none.
Local find_holder(Local object, Local context, Local name, bool inherit) {
  for (Local it = object; it && v8abi::value_is_object(it); it = v8abi::object_prototype(it)) {
    if (has_own(it, context, name)) return it;
    if (!inherit) break;
  }
  return nullptr;
}

Failure no_room() { return {Fault::kTransfer, "The value does not fit into the isolate", {}}; }

/// The data property's value, or Failure for an accessor.
std::variant<Local, Failure> read_data(Isolate& isolate, Local context, Local holder, Local name) {
  NoJavaScript calm(isolate.v8());
  TryCatch caught(isolate.v8());
  Local descriptor = v8abi::object_own_property_descriptor(holder, context, name);
  if (!descriptor || !v8abi::value_is_object(descriptor)) return thrown_failure(isolate, context, caught);
  // Only own properties: Object.prototype may be polluted.
  Local value_name = own_string(isolate, "value");
  if (!has_own(descriptor, context, value_name)) {
    return Failure{Fault::kTransfer, "Property is getter", {}};
  }
  Local value = v8abi::object_get(descriptor, context, value_name);
  if (!value) return thrown_failure(isolate, context, caught);
  return value;
}

/// What the operations have in common. `act` gets the object and the property's name inside its context.
template <class Act>
Outcome on_property(Isolate& isolate, const Reference& reference, const Text& key, Act act) {
  Local context = reference.context();
  EnteredContext entered(context);
  Local object = reference.value();
  if (auto refused = refuse_object(object)) return std::move(*refused);
  TryCatch caught(isolate.v8());
  Local name = new_string(isolate, key);
  if (!name) return no_room();
  return act(context, object, name, caught);
}

/// What the object throws as it refuses is not told.
Outcome done_or_not(Isolate& isolate, Local context, const TryCatch& caught, v8abi::Maybe<bool> done) {
  if (caught.has_terminated()) return thrown_failure(isolate, context, caught);
  return Value(done.has && done.value);
}

}  // namespace

Outcome GetOperation::run(Isolate& isolate) {
  return on_property(isolate, *object_, key_,
                     [&](Local context, Local object, Local name, const TryCatch& caught) -> Outcome {
                       Local holder =
                           find_holder(object, context, name, options_.inherit || object_->inherits());
                       if (!holder)
                         return to_outcome(isolate, context, Roots::instance().undefined_local(), crossing_);
                       if (options_.accessors) {
                         Local value = v8abi::object_get(object, context, name);
                         if (!value) return thrown_failure(isolate, context, caught);
                         return to_outcome(isolate, context, value, crossing_);
                       }
                       auto value = read_data(isolate, context, holder, name);
                       if (auto* failure = std::get_if<Failure>(&value)) return std::move(*failure);
                       return to_outcome(isolate, context, std::get<Local>(value), crossing_);
                     });
}

Outcome SetOperation::run(Isolate& isolate) {
  return on_property(isolate, *object_, key_,
                     [&](Local context, Local object, Local name, const TryCatch& caught) -> Outcome {
                       auto value = to_local(isolate, context, value_);
                       if (auto* failure = std::get_if<Failure>(&value)) return std::move(*failure);
                       auto set =
                           v8abi::object_create_data_property(object, context, name, std::get<Local>(value));
                       return done_or_not(isolate, context, caught, set);
                     });
}

Outcome DeleteOperation::run(Isolate& isolate) {
  return on_property(isolate, *object_, key_,
                     [&](Local context, Local object, Local name, const TryCatch& caught) {
                       auto deleted = v8abi::object_delete(object, context, name);
                       return done_or_not(isolate, context, caught, deleted);
                     });
}

Outcome ReadOperation::run(Isolate& isolate) {
  Local context = reference_->context();
  EnteredContext entered(context);
  return to_outcome(isolate, context, reference_->value(), crossing_);
}

}  // namespace isolates::engine
