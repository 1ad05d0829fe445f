#include "engine/copy.h"

#include "engine/convert.h"
#include "engine/copy_writer.h"
#include "engine/errors.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

/// Makes what the bytes refer to.
class HostReader final : public v8abi::DeserializerDelegate {
 public:
  HostReader(Isolate& isolate, Local context, const Copy& copy)
      : isolate_(isolate), context_(context), copy_(copy) {}

  void set_deserializer(void* deserializer) { deserializer_ = deserializer; }

  Local ReadHostObject(V8Isolate*) override {
    uint32_t index = 0;
    if (!v8abi::deserializer_read_uint32(deserializer_, &index) || index >= copy_.host_objects().size())
      return refuse();
    auto local = isolates::engine::to_local(isolate_, context_, copy_.host_objects()[index]);
    if (auto* failure = std::get_if<Failure>(&local)) return fail(*failure);
    return std::get<Local>(local);
  }
  Local GetWasmModuleFromId(V8Isolate*, uint32_t id) override {
    if (id >= copy_.wasm_modules().size()) return refuse();
    Local module = copy_.wasm_modules()[id]->to_local(isolate_.v8());
    return module ? module : refuse();
  }
  Local GetSharedArrayBufferFromId(V8Isolate*, uint32_t id) override {
    if (id >= copy_.shared_array_buffers().size()) return refuse();
    Local buffer = isolate_.shared_buffers().receive(isolate_, copy_.shared_array_buffers()[id]);
    return buffer ? buffer : fail(no_room_for_buffer());
  }
  const void* GetSharedValueConveyor(V8Isolate*) override { return nullptr; }

 private:
  Local fail(const Failure& failure) {
    v8abi::isolate_throw(isolate_.v8(), new_error(isolate_, context_, failure));
    return nullptr;
  }
  Local refuse() {
    Local text = v8abi::string_new_utf8(isolate_.v8(), "The copy is not readable", 0, -1);
    v8abi::isolate_throw(isolate_.v8(), v8abi::exception_error(text, nullptr));
    return nullptr;
  }

  Isolate& isolate_;
  Local context_;
  const Copy& copy_;
  void* deserializer_ = nullptr;
};

constexpr size_t kDeserializerBytes = 256;  // V8's is one pointer

/// Reads the few numbers of a window; 0 behind the end.
class WindowReader {
 public:
  WindowReader(const uint8_t* at, const uint8_t* end) : at_(at), end_(end) {}

  uint8_t byte() { return at_ == end_ ? 0 : *at_++; }
  size_t varint() {
    size_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      uint8_t next = byte();
      value |= static_cast<size_t>(next & 0x7f) << shift;
      if (next < 0x80) break;
    }
    return value;
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace

Copy::Copy(CopyTables tables)
    : host_objects_(std::move(tables.host_objects)),
      array_buffers_(std::move(tables.array_buffers)),
      shared_array_buffers_(std::move(tables.shared_array_buffers)),
      wasm_modules_(std::move(tables.wasm_modules)) {}

std::variant<std::shared_ptr<const Copy>, Failure> Copy::of(Isolate& isolate, Local context, Local value,
                                                            const CopyOptions& options) {
  for (bool collected = false;; collected = true) {
    CopyWriter writer(isolate, context, options);
    if (auto failure = writer.write(value)) {
      if (collected || !writer.may_try_again()) return std::move(*failure);
      v8abi::isolate_low_memory(isolate.v8());
      continue;
    }
    auto copy = std::make_shared<Copy>(std::move(writer.tables()));
    auto bytes = writer.take_bytes();
    copy->memory_.reset(bytes.data);
    copy->memory_size_ = bytes.size;
    return std::shared_ptr<const Copy>(std::move(copy));
  }
}

std::shared_ptr<const Copy> Copy::of_bytes(std::vector<uint8_t> bytes, CopyTables tables) {
  auto copy = std::make_shared<Copy>(std::move(tables));
  copy->bytes_ = std::move(bytes);
  return copy;
}

std::variant<Local, Failure> Copy::to_local(Isolate& isolate, Local context, CopyBuffers how) const {
  if (size() > isolate.memory_limit_bytes()) {
    return Failure{Fault::kTransfer, "The value is larger than the isolate's `memory_limit`", {}};
  }
  std::vector<Local> buffers;
  if (array_buffers_.has_any()) {
    auto made =
        how == CopyBuffers::kTaken ? array_buffers_.move_into(isolate) : array_buffers_.copy_into(isolate);
    if (auto* failure = std::get_if<Failure>(&made)) return std::move(*failure);
    buffers = std::get<std::vector<Local>>(std::move(made));
  }
  TryCatch caught(isolate.v8());
  HostReader reader(isolate, context, *this);
  alignas(16) unsigned char deserializer[kDeserializerBytes] = {};
  v8abi::deserializer_construct(deserializer, isolate.v8(), data(), size(), &reader);
  reader.set_deserializer(deserializer);
  for (size_t index = 0; index < buffers.size(); ++index)
    v8abi::deserializer_transfer_array_buffer(deserializer, static_cast<uint32_t>(index), buffers[index]);
  auto header = v8abi::deserializer_read_header(deserializer, context);
  Local value = header.has && header.value ? v8abi::deserializer_read_value(deserializer, context) : nullptr;
  v8abi::deserializer_destroy(deserializer);
  if (!value) return thrown_failure(isolate, context, caught);
  return value;
}

std::optional<CopyWindow> Copy::window() const {
  constexpr size_t kHeaderBytes = 2;
  if (size() < kHeaderBytes) return {};
  WindowReader in(data() + kHeaderBytes, data() + size());
  uint8_t tag = in.byte();
  if (tag != 't' && tag != 'u') return {};
  CopyWindow window{tag == 'u', 0, 0, 0, false};
  in.varint();
  if (in.byte() != 'V') return window;
  window.view = static_cast<char>(in.byte());
  window.offset = in.varint();
  window.length = in.varint();
  window.tracks_length = (in.varint() & 1) != 0;
  return window;
}

}  // namespace isolates::engine
