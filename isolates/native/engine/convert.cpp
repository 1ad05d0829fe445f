#include "engine/convert.h"

#include "engine/callback_function.h"
#include "engine/copy.h"
#include "engine/errors.h"
#include "engine/external_copy.h"
#include "engine/face.h"
#include "engine/isolate.h"
#include "engine/last_value.h"
#include "engine/promise_watch.h"
#include "engine/reference.h"
#include "engine/roots.h"
#include "engine/supervision.h"

namespace isolates::engine {

std::optional<Text> read_text(Isolate& isolate, Local string) {
  auto length = static_cast<uint32_t>(v8abi::string_length(string));
  bool two_byte = !v8abi::string_contains_only_one_byte(string);
  size_t bytes = two_byte ? size_t{length} * 2 : length;
  if (bytes > isolate.memory_limit_bytes()) return std::nullopt;
  Text text;
  text.two_byte = two_byte;
  text.units.resize(bytes);
  if (two_byte) {
    v8abi::string_write_two_byte(string, isolate.v8(), 0, length,
                                 reinterpret_cast<uint16_t*>(text.units.data()), 0);
  } else {
    v8abi::string_write_one_byte(string, isolate.v8(), 0, length,
                                 reinterpret_cast<uint8_t*>(text.units.data()), 0);
  }
  return text;
}

Local new_string(Isolate& isolate, const TextView& text) {
  constexpr int kNormal = 0;
  if (text.length > size_t{(1u << 29) - 24}) return nullptr;
  auto length = static_cast<int>(text.length);
  if (text.two_byte) {
    return v8abi::string_new_two_byte(isolate.v8(), static_cast<const uint16_t*>(text.data), kNormal, length);
  }
  return v8abi::string_new_one_byte(isolate.v8(), static_cast<const uint8_t*>(text.data), kNormal, length);
}

namespace {

Value read_bigint(Local value) {
  BigInt big;
  int sign = 0;
  int count = v8abi::bigint_word_count(value);
  big.words.resize(static_cast<size_t>(count));
  v8abi::bigint_words(value, &sign, &count, big.words.data());
  big.negative = sign != 0;
  return big;
}

Outcome make_reference(Isolate& isolate, Local context, Local value, const Crossing& crossing) {
  return Value(SharedTransferable(Reference::make(isolate, context, value, crossing.profile)));
}

Outcome make_external_copy(Isolate& isolate, Local context, Local value, const Crossing& crossing) {
  CopyOptions options;
  options.keep_buffer_apart = true;
  auto copy = ExternalCopy::of(isolate, context, value, options, crossing.profile);
  if (auto* failure = std::get_if<Failure>(&copy)) return std::move(*failure);
  return Value(SharedTransferable(std::get<std::shared_ptr<const ExternalCopy>>(std::move(copy))));
}

Failure too_large() {
  return {Fault::kTransfer, "A string larger than the isolate's `memory_limit` can't leave it", {}};
}

}  // namespace

std::optional<Value> to_primitive(Isolate& isolate, Local value) {
  Roots& roots = Roots::instance();
  v8abi::Address address = *value;
  if (address == roots.undefined) return Undefined{};
  if (address == roots.null) return Null{};
  if (address == roots.true_value) return true;
  if (address == roots.false_value) return false;
  if (v8abi::value_is_number(value)) return v8abi::value_number(value, nullptr).value;
  if (v8abi::value_is_string(value)) {
    auto text = read_text(isolate, value);
    if (!text) return std::nullopt;
    return std::move(*text);
  }
  if (v8abi::value_is_bigint(value)) return read_bigint(value);
  return std::nullopt;
}

Outcome to_outcome(Isolate& isolate, Local context, Local value, Crossing crossing) {
  if (crossing.promise) {
    Outcome outcome = watch_promise(isolate, context, value, crossing);
    if (!crossing.unsettled) return outcome;
    return Object(std::make_shared<Unsettled>(Unsettled{std::move(outcome)}));
  }
  if (crossing.how == Crossing::How::kShown || crossing.how == Crossing::How::kKept) {
    if (*value == Roots::instance().undefined) return Value(Undefined{});
    keep_last(isolate, context, LastValue::kResult, value);
    if (crossing.how == Crossing::How::kShown) {
      if (auto text = show(isolate, context, value)) return Value(std::move(*text));
    }
    crossing.how = Crossing::How::kReference;
  }
  if (crossing.how == Crossing::How::kReference) return make_reference(isolate, context, value, crossing);
  if (crossing.how == Crossing::How::kExternalCopy)
    return make_external_copy(isolate, context, value, crossing);
  if (auto primitive = to_primitive(isolate, value)) return std::move(*primitive);
  if (v8abi::value_is_string(value)) return too_large();
  if (v8abi::value_is_object(value)) {
    if (auto own = Face::instance().from_object(isolate, value)) {
      if (auto* failure = std::get_if<Failure>(&*own)) return std::move(*failure);
      return std::get<Value>(std::move(*own));
    }
  }
  bool as_callback = crossing.profile == Profile::kVersion5 && crossing.how == Crossing::How::kTransfer;
  if (as_callback && v8abi::value_is_function(value)) {
    auto function = Reference::make(isolate, context, value, crossing.profile);
    return Value(
        std::make_shared<const Callback>(std::move(function), Callback::Mode::kSync, crossing.profile));
  }
  bool by_copy = crossing.how == Crossing::How::kTransfer && crossing.fallback == Crossing::Fallback::kCopy;
  if (by_copy || crossing.how == Crossing::How::kCopy) {
    auto copy = Copy::of(isolate, context, value);
    if (auto* failure = std::get_if<Failure>(&copy)) return std::move(*failure);
    return Value(std::get<std::shared_ptr<const Copy>>(std::move(copy)));
  }
  if (crossing.fallback == Crossing::Fallback::kUndefined) return Value(Undefined{});
  if (crossing.fallback == Crossing::Fallback::kReference) {
    return make_reference(isolate, context, value, crossing);
  }
  return Failure{Fault::kTransfer, "A non-transferable value was passed", {}};
}

namespace {

/// Makes the value in an isolate that comes from elsewhere.
struct ToLocal {
  using Result = std::variant<Local, Failure>;
  Isolate& isolate;
  Local context;

  Result made(Local local) const {
    if (local) return local;
    return Failure{Fault::kTransfer, "The value does not fit into the isolate", {}};
  }
  Result operator()(Undefined) const { return Roots::instance().undefined_local(); }
  Result operator()(Null) const { return Roots::instance().null_local(); }
  Result operator()(bool value) const {
    return value ? Roots::instance().true_local() : Roots::instance().false_local();
  }
  Result operator()(double value) const { return v8abi::number_new(isolate.v8(), value); }
  Result operator()(const Text& text) const {
    if (text.units.size() > isolate.memory_limit_bytes()) return made(nullptr);
    return made(new_string(isolate, text));
  }
  Result operator()(const BigInt& big) const {
    TryCatch ignore(isolate.v8());  // RangeError beyond 2^30 bits
    return made(
        v8abi::bigint_new(context, big.negative, static_cast<int>(big.words.size()), big.words.data()));
  }
  Result operator()(const std::shared_ptr<const Copy>& copy) const {
    return copy->to_local(isolate, context, CopyBuffers::kTaken);
  }
  Result operator()(const SharedTransferable& it) const {
    if (it->kind() == Transferable::Kind::kCallback) {
      return made(make_function(isolate, context, std::static_pointer_cast<const Callback>(it)));
    }
    return made(Face::instance().to_object(isolate, context, it));
  }
  Result operator()(const CopyInto& it) const {
    return it.copy->to_local(isolate, context, it.transfer_in ? CopyBuffers::kTaken : CopyBuffers::kCopied);
  }
  Result operator()(const Dereference& dereference) const { return dereference.reference->local_in(isolate); }
};

}  // namespace

std::variant<Local, Failure> to_local(Isolate& isolate, Local context, const Value& value) {
  return std::visit(ToLocal{isolate, context}, value);
}

}  // namespace isolates::engine
