#include "engine/reference.h"

#include "engine/errors.h"
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
                     std::string type)
    : value_(std::move(value)), context_(std::move(context)), type_(std::move(type)) {}

std::shared_ptr<Reference> Reference::make(Isolate& isolate, Local context, Local value) {
  auto in_context = std::make_shared<RemoteHandle>(isolate, context, RemoteHandle::Count::kNo);
  return std::shared_ptr<Reference>(
      new Reference(std::make_shared<RemoteHandle>(isolate, value), std::move(in_context), type_of(value)));
}

std::variant<Local, Failure> Reference::local_in(Isolate& isolate) const {
  if (&isolate != value_->isolate().get()) {
    return Failure{Fault::kTransfer, "Cannot dereference this into target isolate", {}};
  }
  return value_->local();
}

Outcome ApplyOperation::run(Isolate& isolate) {
  Local context = function_->context();
  EnteredContext entered(context);
  if (!v8abi::value_is_function(function_->value())) {
    return Failure{Fault::kTransfer, "Reference is not a function", {}};
  }
  TryCatch caught(isolate.v8());
  auto receiver = to_local(isolate, context, receiver_);
  if (auto* failure = std::get_if<Failure>(&receiver)) return std::move(*failure);
  std::vector<Local> arguments;
  arguments.reserve(arguments_.size());
  for (const Value& argument : arguments_) {
    auto local = to_local(isolate, context, argument);
    if (auto* failure = std::get_if<Failure>(&local)) return std::move(*failure);
    arguments.push_back(std::get<Local>(local));
  }
  Local result = v8abi::function_call(function_->value(), context, std::get<Local>(receiver),
                                      static_cast<int>(arguments.size()), arguments.data());
  if (!result) return thrown_failure(isolate, context, caught);
  return to_outcome(isolate, context, result, crossing_);
}

}  // namespace isolates::engine
