#include "engine/reference.h"

#include "engine/roots.h"

namespace isolates::engine {
namespace {

std::string type_of(Local value) {
  Roots& roots = Roots::instance();
  v8abi::Address address = *value;
  if (address == roots.null) return "null";
  if (address == roots.undefined) return "undefined";
  if (address == roots.true_value || address == roots.false_value) return "boolean";
  if (v8abi::value_is_number(value)) return "number";
  if (v8abi::value_is_string(value)) return "string";
  if (v8abi::value_is_function(value)) return "function";
  return "object";  // BigInt and Symbol too, as upstream
}

}  // namespace

Reference::Reference(std::shared_ptr<RemoteHandle> value, std::shared_ptr<RemoteHandle> context,
                     std::shared_ptr<HostObject> host, std::string type, Profile profile, bool inherits,
                     Mark mark)
    : Transferable(Kind::kReference, profile),
      value_(std::move(value)),
      context_(std::move(context)),
      host_(std::move(host)),
      type_(std::move(type)),
      inherits_(inherits),
      mark_(mark) {}

std::shared_ptr<const Reference> Reference::make(Isolate& isolate, Local context, Local value,
                                                 Profile profile, RemoteHandle::Count count, bool inherits) {
  auto held = std::make_shared<RemoteHandle>(isolate, value, count);
  auto in_context = std::make_shared<RemoteHandle>(isolate, context, RemoteHandle::Count::kNo);
  return std::shared_ptr<const Reference>(new Reference(std::move(held), std::move(in_context), nullptr,
                                                        type_of(value), profile, inherits, mark_of(isolate)));
}

std::shared_ptr<const Reference> Reference::to_host(std::shared_ptr<HostObject> object, Profile profile) {
  std::string type = object->type();
  return std::shared_ptr<const Reference>(
      new Reference(nullptr, nullptr, std::move(object), std::move(type), profile, false, 0));
}

std::variant<Local, Failure> Reference::local_in(Isolate& isolate) const {
  if (!value_ || &isolate != value_->isolate().get()) {
    return Failure{Fault::kTransfer, "Cannot dereference this into target isolate", {}};
  }
  return value_->local();
}

}  // namespace isolates::engine
