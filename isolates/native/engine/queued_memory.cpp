#include "engine/queued_memory.h"

#include "engine/copy.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

// The call's own records, here and at the host.
constexpr size_t kCallBytes = 512;

constexpr char kTooMuch[] =
    "Too many calls are waiting for their answers: with their arguments they do not fit the memory limit";

}  // namespace

std::shared_ptr<QueuedMemory> QueuedMemory::take(Isolate& isolate, size_t bytes) {
  auto& account = isolate.array_buffers();
  if (!account.take(bytes)) return nullptr;
  account.add_owner();
  return std::shared_ptr<QueuedMemory>(new QueuedMemory(account, bytes));
}

QueuedMemory::~QueuedMemory() {
  account_.give_back(bytes_);
  account_.drop_owner();
}

size_t queued_bytes(const std::vector<Value>& arguments) {
  size_t bytes = kCallBytes + arguments.size() * sizeof(Value);
  for (const Value& argument : arguments) {
    if (auto* text = std::get_if<Text>(&argument)) {
      bytes += text->units.size();
    } else if (auto* big = std::get_if<BigInt>(&argument)) {
      bytes += big->words.size() * sizeof(uint64_t);
    } else if (auto* copy = std::get_if<std::shared_ptr<const Copy>>(&argument)) {
      bytes += (*copy)->size() + (*copy)->array_buffers().bytes();
    }
  }
  return bytes;
}

Failure too_much_queued() {
  auto thrown = std::make_shared<Thrown>();
  thrown->js_class = Thrown::Class::kRange;
  thrown->name = Text::latin1("RangeError");
  thrown->message = Text::latin1(kTooMuch);
  return {Fault::kThrown, kTooMuch, std::move(thrown)};
}

}  // namespace isolates::engine
