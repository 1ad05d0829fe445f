#include "engine/held_memory.h"

#include "engine/copy.h"
#include "engine/external_copy.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

constexpr char kTooManyCalls[] =
    "Too many calls are waiting for their answers: with what they carry they do not fit the memory limit";
constexpr char kTooManyCopies[] = "The ExternalCopies of this isolate do not fit its memory limit";

Failure range_error(const char* message) {
  auto thrown = std::make_shared<Thrown>();
  thrown->js_class = Thrown::Class::kRange;
  thrown->name = Text::latin1("RangeError");
  thrown->message = Text::latin1(message);
  return {Fault::kThrown, message, std::move(thrown)};
}

/// The heap counts as it was after the last collection: much of it may be garbage.
bool may_collection_help(Isolate& isolate, const Holding& holding) {
  return !holding.external_copies.empty() ||
         isolate.array_buffers().heap_bytes() > isolate.memory_limit_bytes() / 4;
}

}  // namespace

void Holding::add(const Value& value) {
  bytes += sizeof(Value);
  if (auto* text = std::get_if<Text>(&value)) {
    add(*text);
  } else if (auto* big = std::get_if<BigInt>(&value)) {
    bytes += big->words.size() * sizeof(uint64_t);
  } else if (auto* copy = std::get_if<std::shared_ptr<const Copy>>(&value)) {
    bytes += (*copy)->size();
    if ((*copy)->array_buffers().has_any()) copies.push_back(*copy);
    for (const Value& object : (*copy)->host_objects()) add(object);
  } else if (auto held = ExternalCopy::in(value)) {
    external_copies.push_back(std::move(held));
  }
}

void Holding::add(const Thrown& thrown) {
  bytes += sizeof(Thrown);
  for (auto* text : {&thrown.name, &thrown.message, &thrown.stack, &thrown.filename, &thrown.source_line,
                     &thrown.label, &thrown.details}) {
    add(*text);
  }
  for (auto& value : {thrown.cause_value, thrown.code, thrown.primitive}) {
    if (value) add(*value);
  }
  if (thrown.cause) add(*thrown.cause);
  for (auto& error : thrown.errors) add(*error);
}

std::shared_ptr<HeldMemory> HeldMemory::take(Isolate& isolate, const Holding& holding) {
  auto& account = isolate.array_buffers();
  size_t bytes = holding.bytes;
  for (auto& copy : holding.external_copies) bytes += copy->loose_bytes();
  if (!account.take(bytes)) return nullptr;
  account.add_owner();
  std::shared_ptr<HeldMemory> held(new HeldMemory(account, bytes));
  for (auto& copy : holding.copies) {
    if (!copy->array_buffers().share_with(account, held->shares_)) return nullptr;
  }
  for (auto& copy : holding.external_copies) {
    if (!copy->share_with(account, held->shares_)) return nullptr;
  }
  return held;
}

std::shared_ptr<HeldMemory> HeldMemory::take_or_collect(Isolate& isolate, const Holding& holding) {
  auto held = take(isolate, holding);
  if (held || !may_collection_help(isolate, holding)) return held;
  v8abi::isolate_low_memory(isolate.v8());
  return take(isolate, holding);
}

HeldMemory::~HeldMemory() {
  account_.give_back(bytes_);
  account_.drop_owner();
}

Holding call_with(const std::vector<Value>& arguments) {
  Holding holding;
  holding.bytes = kCallBytes;
  for (const Value& argument : arguments) holding.add(argument);
  return holding;
}

Failure too_much_queued() { return range_error(kTooManyCalls); }

Failure too_much_copied() { return range_error(kTooManyCopies); }

}  // namespace isolates::engine
