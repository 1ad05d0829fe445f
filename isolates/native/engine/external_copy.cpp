#include "engine/external_copy.h"

#include <algorithm>

#include "engine/convert.h"
#include "engine/face.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

// The records of a copy and of one that holds it.
constexpr size_t kRecordBytes = 256;
// More than there is, and sums of it are numbers still.
constexpr size_t kMostWeight = size_t{1} << 40;

std::variant<ExternalCopy::Content, Failure> content_of(Isolate& isolate, Local context, Local value,
                                                        const CopyOptions& options) {
  bool is_alone = options.transfer_list.empty();  // structured clone looks at the list
  if (is_alone && v8abi::value_is_string(value)) {
    if (static_cast<size_t>(v8abi::string_length(value)) * 2 >= kSharedTextBytes) {
      if (auto text = SharedText::of(isolate, value)) return text;
      return Failure{
          Fault::kTransfer, "A string larger than the isolate's `memory_limit` can't leave it", {}};
    }
  }
  if (is_alone) {
    if (auto primitive = to_primitive(isolate, value)) return std::move(*primitive);
  }
  if (v8abi::value_is_object(value)) {
    if (auto own = Face::instance().from_object(isolate, value)) {
      if (auto* failure = std::get_if<Failure>(&*own)) return std::move(*failure);
      return std::get<Value>(std::move(*own));
    }
  }
  auto copy = Copy::of(isolate, context, value, options);
  if (auto* failure = std::get_if<Failure>(&copy)) return std::move(*failure);
  return Value(std::get<std::shared_ptr<const Copy>>(std::move(copy)));
}

}  // namespace

std::variant<std::shared_ptr<const ExternalCopy>, Failure> ExternalCopy::of(Isolate& isolate, Local context,
                                                                            Local value,
                                                                            const CopyOptions& options,
                                                                            Profile profile) {
  auto content = content_of(isolate, context, value, options);
  if (auto* failure = std::get_if<Failure>(&content)) return std::move(*failure);
  auto made = std::make_shared<const ExternalCopy>(std::get<Content>(std::move(content)), profile);
  if (made->depth() > kDeepest) return too_deep();
  return made;
}

std::shared_ptr<const ExternalCopy> ExternalCopy::in(const Value& value) {
  if (auto* into = std::get_if<CopyInto>(&value)) return into->copy;
  auto* it = std::get_if<SharedTransferable>(&value);
  if (!it || (*it)->kind() != Kind::kExternalCopy) return nullptr;
  return std::static_pointer_cast<const ExternalCopy>(*it);
}

Failure ExternalCopy::too_deep() {
  return {Fault::kTransfer,
          "An ExternalCopy can't hold others more than " + std::to_string(kDeepest) + " deep",
          {}};
}

ExternalCopy::ExternalCopy(Content content, Profile profile, Maker maker)
    : Transferable(Kind::kExternalCopy, profile), content_(std::move(content)), maker_(maker) {
  auto& host = ArrayBuffers::of_host();
  if (auto* text = std::get_if<std::shared_ptr<const SharedText>>(&content_)) bytes_ = (*text)->size_bytes();
  if (auto* value = std::get_if<Value>(&content_)) {
    if (auto* text = std::get_if<Text>(value)) bytes_ = text->units.size();
    if (auto* big = std::get_if<BigInt>(value)) bytes_ = big->words.size() * sizeof(uint64_t);
    nest(*value);
  }
  if (const Copy* it = copy()) {
    bytes_ = it->size();
    for (const BackingStore& store : it->shared_array_buffers()) {
      if (auto share = MemoryLedger::instance().share(store.memory(&host), &host))
        shares_.push_back(std::move(*share));
    }
    for (const Value& object : it->host_objects()) nest(object);
  }
  host.take_anyway(bytes_);
}

ExternalCopy::~ExternalCopy() {
  if (copy()) MemoryLedger::instance().remove(block().start);  // a SharedText does it by itself
  ArrayBuffers::of_host().give_back(bytes_);
}

void ExternalCopy::nest(const Value& value) {
  auto inner = in(value);
  if (!inner) return;
  depth_ = std::max(depth_, inner->depth_ + 1);
  nested_bytes_ = std::min(kMostWeight, nested_bytes_ + inner->weight());
}

LedgerMemory ExternalCopy::block() const {
  if (auto* text = std::get_if<std::shared_ptr<const SharedText>>(&content_)) return (*text)->memory();
  if (const Copy* it = copy()) return {it->data(), it->size(), nullptr};
  return {nullptr, 0, nullptr};
}

size_t ExternalCopy::weight() const {
  size_t bytes = kRecordBytes;
  if (maker_ == Maker::kHost) return bytes;
  bytes += bytes_ + nested_bytes_;
  if (const Copy* it = copy()) {
    bytes += it->array_buffers().bytes();
    for (const BackingStore& store : it->shared_array_buffers()) bytes += store.length();
  }
  return std::min(kMostWeight, bytes);
}

bool ExternalCopy::share_with(ArrayBuffers& payer, std::vector<Share>& shares) const {
  if (maker_ == Maker::kHost) return true;
  std::vector<LedgerMemory> all{block()};
  const Copy* it = copy();
  if (it) {
    auto& host = ArrayBuffers::of_host();
    for (const BackingStore& store : it->shared_array_buffers()) all.push_back(store.memory(&host));
  }
  for (const LedgerMemory& memory : all) {
    auto share = MemoryLedger::instance().share(memory, &payer);
    if (!share) return false;
    shares.push_back(std::move(*share));
  }
  return !it || it->array_buffers().share_with(payer, shares);
}

size_t ExternalCopy::loose_bytes() const {
  if (maker_ == Maker::kHost) return kRecordBytes;
  return kRecordBytes + nested_bytes_ + (block().start ? 0 : bytes_);
}

bool ExternalCopy::is_plain() const {
  if (const Copy* it = copy()) return it->host_objects().empty() && it->wasm_modules().empty();
  auto* value = std::get_if<Value>(&content_);
  return !value || !(std::holds_alternative<SharedTransferable>(*value) ||
                     std::holds_alternative<CopyInto>(*value) || std::holds_alternative<Dereference>(*value));
}

const Copy* ExternalCopy::copy() const {
  auto* value = std::get_if<Value>(&content_);
  auto* copy = value ? std::get_if<std::shared_ptr<const Copy>>(value) : nullptr;
  return copy ? copy->get() : nullptr;
}

std::variant<Local, Failure> ExternalCopy::to_local(Isolate& isolate, Local context,
                                                    CopyBuffers buffers) const {
  if (auto* text = std::get_if<std::shared_ptr<const SharedText>>(&content_)) {
    Local string = (*text)->to_local(isolate);
    if (string) return string;
    return Failure{Fault::kTransfer, "The value does not fit into the isolate", {}};
  }
  if (const Copy* it = copy()) return it->to_local(isolate, context, buffers);
  return isolates::engine::to_local(isolate, context, std::get<Value>(content_));
}

}  // namespace isolates::engine
