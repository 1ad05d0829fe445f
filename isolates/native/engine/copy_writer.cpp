#include "engine/copy_writer.h"

#include <algorithm>
#include <cstring>

#include "engine/convert.h"
#include "engine/errors.h"
#include "engine/face.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

/// Below this the bytes are the faster way.
constexpr size_t kBufferApartBytes = 4096;

constexpr size_t kViewTagAt = 5;  // behind the header, the buffer's tag and number, and 'V'

size_t write_varint(uint8_t* to, size_t value) {
  size_t count = 0;
  for (; value >= 0x80; value >>= 7) to[count++] = static_cast<uint8_t>(value | 0x80);
  to[count++] = static_cast<uint8_t>(value);
  return count;
}

bool same(Local one, Local other) { return *one == *other; }

}  // namespace

CopyWriter::CopyWriter(Isolate& isolate, Local context, const CopyOptions& options)
    : isolate_(isolate), context_(context), options_(options) {
  v8abi::serializer_construct(serializer_, isolate.v8(), this);
  v8abi::serializer_write_header(serializer_);
}

CopyWriter::~CopyWriter() {
  v8abi::serializer_destroy(serializer_);
  std::free(bytes_.data);
  isolate_.array_buffers().give_back(taken_);
}

v8abi::Bytes CopyWriter::take_bytes() { return std::exchange(bytes_, {}); }

std::optional<Failure> CopyWriter::write(Local value) {
  if (auto failure = prepare(value)) return failure;
  TryCatch caught(isolate_.v8());
  auto written = v8abi::serializer_write_value(serializer_, context_, value);
  if (!written.has || !written.value) return failure_of(caught);
  bytes_ = v8abi::serializer_release(serializer_);
  return store_buffers(value);
}

/// Tells the serializer of the buffers that are not to be in the bytes.
std::optional<Failure> CopyWriter::prepare(Local value) {
  for (Local buffer : options_.transfer_list) {
    if (!v8abi::value_is_array_buffer(buffer))
      return Failure{Fault::kTransfer, "Non-ArrayBuffer passed in `transferList`", {}};
    if (auto failure = add_transferred(buffer)) return failure;
  }
  bool is_view = v8abi::value_is_array_buffer_view(value);
  if (!is_view && !v8abi::value_is_array_buffer(value)) return {};
  Local buffer = is_view ? v8abi::array_buffer_view_buffer(value) : value;
  if (!v8abi::value_is_array_buffer(buffer)) return {};  // shared
  auto is_it = [&](Local other) { return same(buffer, other); };
  if (std::any_of(transferred_.begin(), transferred_.end(), is_it)) return {};
  if (options_.transfer_out) return add_transferred(buffer);
  if (v8abi::array_buffer_was_detached(buffer)) return invalid_buffer();
  BackingStore store(v8abi::array_buffer_backing_store(buffer));
  bool is_whole = !is_view || v8abi::array_buffer_view_byte_length(value) == store.length();
  if (is_whole && store.length() < kBufferApartBytes && !options_.keep_buffer_apart) return {};
  copied_ = buffer;
  v8abi::serializer_transfer_array_buffer(serializer_, static_cast<uint32_t>(transferred_.size()), buffer);
  return {};
}

std::optional<Failure> CopyWriter::add_transferred(Local buffer) {
  auto is_it = [&](Local other) { return same(buffer, other); };
  bool twice = std::any_of(transferred_.begin(), transferred_.end(), is_it);
  if (twice || v8abi::array_buffer_was_detached(buffer) || !v8abi::array_buffer_is_detachable(buffer))
    return invalid_buffer();
  v8abi::serializer_transfer_array_buffer(serializer_, static_cast<uint32_t>(transferred_.size()), buffer);
  transferred_.push_back(buffer);
  return {};
}

/// Only now: getters may have detached or resized the buffers while the value was written.
std::optional<Failure> CopyWriter::store_buffers(Local value) {
  for (Local buffer : transferred_) {
    if (v8abi::array_buffer_was_detached(buffer)) return invalid_buffer();
  }
  for (Local buffer : transferred_) {
    if (auto failure = detach(buffer)) return failure;
  }
  return copied_ ? copy_buffer(value) : std::nullopt;
}

std::optional<Failure> CopyWriter::detach(Local buffer) {
  TryCatch ignore(isolate_.v8());  // TypeError where it wants a key
  BackingStore store(v8abi::array_buffer_backing_store(buffer));
  if (store.is_wasm_memory()) return invalid_buffer();
  auto detached = v8abi::array_buffer_detach(buffer, nullptr);
  if (!detached.has || !detached.value) return invalid_buffer();
  MemoryLedger::instance().move({store.memory(&isolate_.array_buffers())}, &ArrayBuffers::of_host());
  tables_.array_buffers.push_back(std::move(store));
  return {};
}

/// A view's window alone, which then is the whole of its buffer.
std::optional<Failure> CopyWriter::copy_buffer(Local value) {
  BackingStore from(v8abi::array_buffer_backing_store(copied_));
  size_t offset = 0, length = from.length();
  if (!same(copied_, value)) {
    offset = v8abi::array_buffer_view_byte_offset(value);
    length = v8abi::array_buffer_view_byte_length(value);
    // V8 has refused a view that does not fit its buffer any more; this is for safety.
    if (offset > from.length() || length > from.length() - offset) return invalid_buffer();
    constexpr size_t kMostVarints = 12;
    if (taken_ < kViewTagAt + 1 + kMostVarints) return invalid_buffer();
    size_t size = kViewTagAt + 1;
    size += write_varint(bytes_.data + size, 0);
    size += write_varint(bytes_.data + size, length);
    size += write_varint(bytes_.data + size, 0);
    bytes_.size = size;
  }
  bool resizable = from.is_resizable() && same(copied_, value);
  auto store = resizable ? BackingStore::allocate_resizable(length, from.max_length(), v8abi::kNotShared,
                                                            &ArrayBuffers::of_host(), isolate_.v8())
                         : BackingStore::allocate(length, v8abi::kNotShared);
  if (!store) return no_room_for_buffer();
  if (length > 0) std::memcpy(store.data(), from.data() + offset, length);
  tables_.array_buffers.push_back(std::move(store));
  return {};
}

Failure CopyWriter::failure_of(TryCatch& caught) {
  if (out_of_memory_) {
    return {Fault::kTransfer, "The copy would be larger than the isolate's `memory_limit` allows", {}};
  }
  if (refused_) return std::move(*refused_);
  Failure failure = thrown_failure(isolate_, context_, caught);
  if (!failed_ || !failure.thrown) return failure;
  const Text& message = failure.thrown->message;
  return {Fault::kTransfer, message.two_byte ? "A value could not be cloned." : message.units, {}};
}

void CopyWriter::ThrowDataCloneError(Local message) {
  failed_ = true;
  v8abi::isolate_throw(isolate_.v8(), v8abi::exception_type_error(message, nullptr));
}

/// A handle of the `ivm` API crosses as itself, also inside of other values.
v8abi::Maybe<bool> CopyWriter::WriteHostObject(V8Isolate*, Local object) {
  auto own = Face::instance().from_object(isolate_, object);
  if (!own) return refuse("An object of the host");
  if (auto* failure = std::get_if<Failure>(&*own)) {
    refused_ = std::move(*failure);
    return refuse("A handle");
  }
  tables_.host_objects.push_back(std::get<Value>(std::move(*own)));
  v8abi::serializer_write_uint32(serializer_, static_cast<uint32_t>(tables_.host_objects.size() - 1));
  return {true, true};
}

v8abi::Maybe<uint32_t> CopyWriter::GetSharedArrayBufferId(V8Isolate*, Local buffer) {
  if (BackingStore(v8abi::shared_array_buffer_backing_store(buffer)).is_wasm_memory()) {
    refuse("#<SharedArrayBuffer>");
    return {false, 0};
  }
  tables_.shared_array_buffers.push_back(isolate_.shared_buffers().give(isolate_, buffer));
  return {true, static_cast<uint32_t>(tables_.shared_array_buffers.size() - 1)};
}

v8abi::Maybe<uint32_t> CopyWriter::GetWasmModuleTransferId(V8Isolate*, Local module) {
  tables_.wasm_modules.push_back(WasmModule::of(module));
  return {true, static_cast<uint32_t>(tables_.wasm_modules.size() - 1)};
}

void* CopyWriter::ReallocateBufferMemory(void* old_buffer, size_t size, size_t* actual_size) {
  if (!isolate_.array_buffers().take(size - taken_)) {
    out_of_memory_ = true;
    size_t limit = isolate_.memory_limit_bytes();
    size_t others = isolate_.array_buffers().allocated_bytes() - taken_;
    may_try_again_ = size <= limit && others >= limit / 4;
    return nullptr;
  }
  taken_ = size;
  *actual_size = size;
  return std::realloc(old_buffer, size);
}

v8abi::Maybe<bool> CopyWriter::refuse(const char* what) {
  std::string text = std::string(what) + " could not be cloned.";
  ThrowDataCloneError(v8abi::string_new_utf8(isolate_.v8(), text.c_str(), 0, -1));
  return {false, false};
}

}  // namespace isolates::engine
