#include "engine/external_copy.h"

#include "engine/convert.h"
#include "engine/face.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

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
  return std::make_shared<const ExternalCopy>(std::get<Content>(std::move(content)), profile);
}

ExternalCopy::ExternalCopy(Content content, Profile profile)
    : Transferable(Kind::kExternalCopy, profile), content_(std::move(content)) {
  auto& host = ArrayBuffers::of_host();
  if (auto* text = std::get_if<std::shared_ptr<const SharedText>>(&content_)) bytes_ = (*text)->size_bytes();
  if (auto* value = std::get_if<Value>(&content_)) {
    if (auto* text = std::get_if<Text>(value)) bytes_ = text->units.size();
    if (auto* big = std::get_if<BigInt>(value)) bytes_ = big->words.size() * sizeof(uint64_t);
  }
  if (const Copy* it = copy()) {
    bytes_ = it->size();
    for (const BackingStore& store : it->shared_array_buffers()) {
      if (auto share = MemoryLedger::instance().share(store.memory(&host), &host))
        shares_.push_back(std::move(*share));
    }
  }
  host.take_anyway(bytes_);
}

ExternalCopy::~ExternalCopy() { ArrayBuffers::of_host().give_back(bytes_); }

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
