#include "engine/copy.h"

#include "engine/convert.h"
#include "engine/errors.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

/// Takes the memory for V8's serializer, within the isolate's limit, and hears what can't be cloned.
class Writer final : public v8abi::SerializerDelegate {
 public:
  explicit Writer(Isolate& isolate) : isolate_(isolate) {}
  ~Writer() override { isolate_.array_buffers().give_back(taken_); }

  bool failed_to_clone() const { return failed_; }
  bool out_of_memory() const { return out_of_memory_; }

  void ThrowDataCloneError(Local message) override {
    failed_ = true;
    v8abi::isolate_throw(isolate_.v8(), v8abi::exception_type_error(message, nullptr));
  }
  bool HasCustomHostObject(V8Isolate*) override { return false; }
  v8abi::Maybe<bool> IsHostObject(V8Isolate*, Local) override { return {true, false}; }
  v8abi::Maybe<bool> WriteHostObject(V8Isolate*, Local) override { return refuse("An object of the host"); }
  v8abi::Maybe<uint32_t> GetSharedArrayBufferId(V8Isolate*, Local) override {
    refuse("#<SharedArrayBuffer>");
    return {false, 0};
  }
  v8abi::Maybe<uint32_t> GetWasmModuleTransferId(V8Isolate*, Local) override {
    refuse("#<Module>");
    return {false, 0};
  }
  bool AdoptSharedValueConveyor(V8Isolate*, void*) override { return false; }
  void* ReallocateBufferMemory(void* old_buffer, size_t size, size_t* actual_size) override {
    if (!isolate_.array_buffers().take(size - taken_)) {
      out_of_memory_ = true;
      return nullptr;
    }
    taken_ = size;
    *actual_size = size;
    return std::realloc(old_buffer, size);
  }
  void FreeBufferMemory(void* buffer) override { std::free(buffer); }

 private:
  v8abi::Maybe<bool> refuse(const char* what) {
    std::string text = std::string(what) + " could not be cloned.";
    ThrowDataCloneError(v8abi::string_new_utf8(isolate_.v8(), text.c_str(), 0, -1));
    return {false, false};
  }

  Isolate& isolate_;
  size_t taken_ = 0;
  bool failed_ = false;
  bool out_of_memory_ = false;
};

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
    if (auto* failure = std::get_if<Failure>(&local)) {
      v8abi::isolate_throw(isolate_.v8(), new_error(isolate_, context_, *failure));
      return nullptr;
    }
    return std::get<Local>(local);
  }
  Local GetWasmModuleFromId(V8Isolate*, uint32_t) override { return refuse(); }
  Local GetSharedArrayBufferFromId(V8Isolate*, uint32_t) override { return refuse(); }
  const void* GetSharedValueConveyor(V8Isolate*) override { return nullptr; }

 private:
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

constexpr size_t kCodecBytes = 256;  // V8's serializer and deserializer are one pointer each

}  // namespace

std::variant<std::shared_ptr<const Copy>, Failure> Copy::of(Isolate& isolate, Local context, Local value) {
  TryCatch caught(isolate.v8());
  Writer writer(isolate);
  alignas(16) unsigned char serializer[kCodecBytes] = {};
  v8abi::serializer_construct(serializer, isolate.v8(), &writer);
  v8abi::serializer_write_header(serializer);
  auto written = v8abi::serializer_write_value(serializer, context, value);
  if (!written.has || !written.value) {
    v8abi::serializer_destroy(serializer);
    if (writer.out_of_memory()) {
      return Failure{
          Fault::kTransfer, "The copy would be larger than the isolate's `memory_limit` allows", {}};
    }
    Failure failure = thrown_failure(isolate, context, caught);
    if (!writer.failed_to_clone() || !failure.thrown) return failure;
    const Text& message = failure.thrown->message;
    return Failure{Fault::kTransfer, message.two_byte ? "A value could not be cloned." : message.units, {}};
  }
  auto bytes = v8abi::serializer_release(serializer);
  v8abi::serializer_destroy(serializer);
  auto copy = std::make_shared<Copy>();
  copy->memory_.reset(bytes.data);
  copy->memory_size_ = bytes.size;
  return std::shared_ptr<const Copy>(std::move(copy));
}

std::shared_ptr<const Copy> Copy::of_bytes(std::vector<uint8_t> bytes, std::vector<Value> host_objects) {
  auto copy = std::make_shared<Copy>();
  copy->bytes_ = std::move(bytes);
  copy->host_objects_ = std::move(host_objects);
  return copy;
}

std::variant<Local, Failure> Copy::to_local(Isolate& isolate, Local context) const {
  if (size() > isolate.memory_limit_bytes()) {
    return Failure{Fault::kTransfer, "The value is larger than the isolate's `memory_limit`", {}};
  }
  TryCatch caught(isolate.v8());
  HostReader reader(isolate, context, *this);
  alignas(16) unsigned char deserializer[kCodecBytes] = {};
  v8abi::deserializer_construct(deserializer, isolate.v8(), data(), size(), &reader);
  reader.set_deserializer(deserializer);
  auto header = v8abi::deserializer_read_header(deserializer, context);
  Local value = header.has && header.value ? v8abi::deserializer_read_value(deserializer, context) : nullptr;
  v8abi::deserializer_destroy(deserializer);
  if (!value) return thrown_failure(isolate, context, caught);
  return value;
}

}  // namespace isolates::engine
