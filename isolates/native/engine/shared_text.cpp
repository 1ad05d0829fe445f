#include "engine/shared_text.h"

#include <cstring>

#include "engine/isolate.h"
#include "engine/v8_abi_buffers.h"

namespace isolates::engine {
namespace {

/// One external string of one isolate. V8 calls Dispose when it has collected the string, or with the heap.
class Resource final : public v8abi::ExternalStringResource {
 public:
  Resource(std::shared_ptr<const SharedText> text, Share share)
      : text_(std::move(text)), share_(std::move(share)) {}

  bool IsCacheable() const override { return true; }
  void Unaccount(V8Isolate*) override {}
  size_t EstimateMemoryUsage() const override { return SIZE_MAX; }  // V8's default: by the length
  void EstimateSharedMemoryUsage(void*) const override {}
  void Dispose() override { delete this; }
  void Lock() const override {}
  void Unlock() const override {}
  const void* data() const override { return text_->view().data; }
  size_t length() const override { return text_->view().length; }

 private:
  std::shared_ptr<const SharedText> text_;
  Share share_;  // gone before the text
};

}  // namespace

SharedText::SharedText(size_t length, bool two_byte)
    : units_(std::malloc(two_byte ? length * 2 : length)), length_(length), two_byte_(two_byte) {}

SharedText::~SharedText() { MemoryLedger::instance().remove(units_.get()); }

std::shared_ptr<const SharedText> SharedText::copy_of(const TextView& text) {
  std::shared_ptr<SharedText> made(new SharedText(text.length, text.two_byte));
  if (!made->units_) return nullptr;
  std::memcpy(made->units_.get(), text.data, text.size_bytes());
  return made;
}

std::shared_ptr<const SharedText> SharedText::of(Isolate& isolate, Local string) {
  auto length = static_cast<uint32_t>(v8abi::string_length(string));
  bool two_byte = !v8abi::string_contains_only_one_byte(string);
  if (size_t{length} * (two_byte ? 2 : 1) > isolate.memory_limit_bytes()) return nullptr;
  std::shared_ptr<SharedText> made(new SharedText(length, two_byte));
  if (!made->units_) return nullptr;
  if (two_byte) {
    v8abi::string_write_two_byte(string, isolate.v8(), 0, length, static_cast<uint16_t*>(made->units_.get()),
                                 0);
  } else {
    v8abi::string_write_one_byte(string, isolate.v8(), 0, length, static_cast<uint8_t*>(made->units_.get()),
                                 0);
  }
  return made;
}

Local SharedText::to_local(Isolate& isolate) const {
  if (length_ > kMaxStringLength) return nullptr;
  auto share = MemoryLedger::instance().share(memory(), &isolate.array_buffers());
  if (!share) {
    v8abi::isolate_low_memory(isolate.v8());
    share = MemoryLedger::instance().share(memory(), &isolate.array_buffers());
  }
  if (!share) return nullptr;
  auto resource = std::make_unique<Resource>(shared_from_this(), std::move(*share));
  auto make = two_byte_ ? v8abi::string_new_external_two_byte : v8abi::string_new_external_one_byte;
  Local string = make(isolate.v8(), resource.get());
  if (string) resource.release();
  return string;
}

}  // namespace isolates::engine
