#include "bind/ivm/arguments.h"

#include <cmath>
#include <limits>

#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/rescue.h"
#include "engine/roots.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {
namespace {

constexpr uint16_t kTag = 0;
constexpr double kLargestUint32 = std::numeric_limits<uint32_t>::max();
constexpr int kLongestList = 1 << 16;

const Binding& binding_of(const v8abi::CallInfo& info) {
  Local data = v8abi::function_data(info.isolate(), info.target());
  return *static_cast<const Binding*>(v8abi::external_value(data, kTag));
}

bool is_nothing(Local value) { return v8abi::value_is_undefined(value) || v8abi::value_is_null(value); }

std::optional<double> number_of(Local value) {
  if (!v8abi::value_is_number(value)) return std::nullopt;
  return v8abi::value_number(value, nullptr).value;
}

engine::Text read(const Arguments& arguments, Local string) {
  auto text = engine::read_text(arguments.isolate(), string);
  if (!text) {
    throw Failure{
        engine::Fault::kTransfer, "A string larger than the isolate's `memory_limit` can't leave it", {}};
  }
  arguments.carry(*text);
  return std::move(*text);
}

/// Nothing: longer than anybody needs.
std::optional<std::vector<Local>> read_items(Isolate& isolate, Local context, Local array) {
  Local length_name = v8abi::string_new_utf8(isolate.v8(), "length", 0, -1);
  Local length = v8abi::object_get(array, context, length_name);
  if (!length) throw JavaScriptThrew{};
  double count = v8abi::value_number(length, context).value;
  if (count > kLongestList) return std::nullopt;
  std::vector<Local> items;
  for (uint32_t item = 0; item < count; ++item) {
    Local read = v8abi::object_get_index(array, context, item);
    if (!read) throw JavaScriptThrew{};
    items.push_back(read);
  }
  return items;
}

}  // namespace

Arguments::Arguments(const v8abi::CallInfo& info)
    : info_(info),
      isolate_(engine::Entry::innermost()->isolate()),
      context_(v8abi::isolate_current_context(isolate_.v8())),
      binding_(binding_of(info)) {}

Local Arguments::at(int index) const {
  return index < info_.length ? info_.argument(index) : engine::Roots::instance().undefined_local();
}

bool Arguments::is_given(int index) const { return !v8abi::value_is_undefined(at(index)); }

engine::Text Arguments::text(int index) const {
  if (!v8abi::value_is_string(at(index))) refuse(index, "a string");
  return read(*this, at(index));
}

engine::Text Arguments::key(int index) const {
  Local value = at(index);
  if (v8abi::value_is_string(value)) return read(*this, value);
  auto number = number_of(value);
  if (number && *number >= 0 && *number <= kLargestUint32 && *number == std::floor(*number)) {
    return engine::Text::latin1(std::to_string(static_cast<uint32_t>(*number)));
  }
  refuse(index, "a string or an unsigned 32-bit integer");
}

Local Arguments::function(int index) const {
  if (!v8abi::value_is_function(at(index))) refuse(index, "a function");
  return at(index);
}

Options Arguments::options(int index) const {
  Local value = at(index);
  if (is_nothing(value)) return Options(*this, nullptr);
  if (!v8abi::value_is_object(value)) refuse(index, "an object");
  return Options(*this, value);
}

std::vector<Local> Arguments::array(int index) const {
  Local value = at(index);
  if (is_nothing(value)) return {};
  if (!v8abi::value_is_array(value)) refuse(index, "an array");
  auto items = read_items(isolate_, context_, value);
  if (!items) refuse(index, "an array of at most 65536 items");
  return std::move(*items);
}

void Arguments::require(int count) const {
  if (this->count() >= count) return;
  throw Refusal{"`" + name() + "` requires at least " + std::to_string(count) +
                (count == 1 ? " parameter" : " parameters")};
}

void Arguments::require_new() const {
  Local new_target = info_.implicit + 5;
  if (v8abi::value_is_undefined(new_target))
    throw Refusal{std::string("`") + binding_.class_name + "` must be called with `new`"};
}

Wrapped& Arguments::receiver_of(const v8abi::CallInfo& info) {
  Wrapped* wrapped = Wrapped::of(info.values - 1);
  if (!wrapped) throw Refusal{"Illegal invocation"};  // a constructor that has thrown leaves it empty
  return *wrapped;
}

void Arguments::set_number(double value) const { set_result(v8abi::number_new(isolate_.v8(), value)); }

void Arguments::set_bool(bool value) const {
  auto& roots = engine::Roots::instance();
  set_result(value ? roots.true_local() : roots.false_local());
}

void Arguments::refuse(int index, const char* wanted) const {
  throw Refusal{"`" + name() + "` requires parameter " + std::to_string(index + 1) + " to be " + wanted};
}

Local Options::get(const char* name) const {
  if (!object_) return engine::Roots::instance().undefined_local();
  Isolate& isolate = arguments_.isolate();
  Local key = v8abi::string_new_utf8(isolate.v8(), name, 0, -1);
  Local value = v8abi::object_get(object_, arguments_.context(), key);
  if (!value) throw JavaScriptThrew{};
  return value;
}

bool Options::flag(const char* name) const {
  Local value = get(name);
  if (v8abi::value_is_undefined(value)) return false;
  if (!v8abi::value_is_true(value) && !v8abi::value_is_false(value)) refuse(name, "a boolean");
  return v8abi::value_is_true(value);
}

engine::Text Options::text(const char* name) const {
  Local value = get(name);
  if (v8abi::value_is_undefined(value)) return {};
  if (!v8abi::value_is_string(value)) refuse(name, "a string");
  return read(arguments_, value);
}

int Options::offset(const char* name) const {
  Local value = get(name);
  if (v8abi::value_is_undefined(value)) return 0;
  auto number = number_of(value);
  constexpr double kLargest = 1 << 30;
  if (!number || std::abs(*number) > kLargest || *number != std::floor(*number)) {
    refuse(name, "a 32-bit integer");
  }
  return static_cast<int>(*number);
}

std::vector<Local> Options::array(const char* name) const {
  Local value = get(name);
  if (is_nothing(value)) return {};
  if (!v8abi::value_is_array(value)) refuse(name, "an array");
  auto items = read_items(arguments_.isolate(), arguments_.context(), value);
  if (!items) refuse(name, "an array of at most 65536 items");
  return std::move(*items);
}

engine::RunLimits Options::milliseconds(const char* name) const {
  Local value = get(name);
  if (v8abi::value_is_undefined(value)) return {};
  auto number = number_of(value);
  if (!number || !(*number >= 0)) refuse(name, "a number of milliseconds");
  constexpr double kLongestMs = 1e12;  // more is no timeout
  if (*number == 0 || *number > kLongestMs) return {};
  return {std::max<int64_t>(1, static_cast<int64_t>(*number * 1e6))};
}

Options Options::inner(const char* name) const {
  Local value = get(name);
  if (is_nothing(value)) return Options(arguments_, nullptr);
  if (!v8abi::value_is_object(value)) refuse(name, "an object");
  return Options(arguments_, value);
}

engine::Crossing Options::crossing(engine::Crossing::Fallback fallback, Profile profile) const {
  engine::Crossing crossing;
  crossing.fallback = fallback;
  crossing.profile = profile;
  bool copy = flag("copy"), external = flag("externalCopy"), reference = flag("reference");
  if (copy + external + reference > 1) {
    throw Failure{
        engine::Fault::kTransfer, "Only one of `copy`, `externalCopy`, or `reference` may be set", {}};
  }
  if (copy) crossing.how = engine::Crossing::How::kCopy;
  if (external) crossing.how = engine::Crossing::How::kExternalCopy;
  if (reference) crossing.how = engine::Crossing::How::kReference;
  crossing.promise = flag("promise");
  return crossing;
}

void Options::refuse(const char* name, const char* wanted) const {
  throw Failure{engine::Fault::kValue,
                "`" + arguments_.name() + "` requires `" + path_ + name + "` to be " + wanted,
                {}};
}

Value cross(const Arguments& arguments, Local value, engine::Crossing crossing) {
  auto outcome = engine::to_outcome(arguments.isolate(), arguments.context(), value, crossing);
  if (auto* failure = std::get_if<Failure>(&outcome)) throw std::move(*failure);
  if (std::holds_alternative<engine::Pending>(outcome)) {
    throw Failure{engine::Fault::kTransfer, "A non-transferable value was passed", {}};
  }
  auto& crossed = std::get<Value>(outcome);
  arguments.carry(crossed);
  return std::move(crossed);
}

void run_method(const v8abi::CallInfo& info, Body body) {
  Isolate& isolate = engine::Entry::innermost()->isolate();
  if (isolate.stop_now()) return;
  Local context = v8abi::isolate_current_context(isolate.v8());
  std::optional<Failure> failure;
  try {
    body(Arguments(info));
  } catch (Failure& thrown) {
    failure = std::move(thrown);
  } catch (Refusal& refusal) {
    failure = Failure{engine::Fault::kValue, std::move(refusal.message), {}};
  } catch (JavaScriptThrew&) {
    return;
  }
  // A call elsewhere may have cost the isolate its life: then its frames below must not run on.
  if (isolate.is_lost()) {
    if (isolate.must_not_return()) engine::leave_rescue_zone("the isolate was lost in a nested call");
    return;
  }
  if (isolate.stop_now()) return;
  if (failure) engine::throw_failure(isolate, context, *failure);
}

}  // namespace isolates::bind::ivm
