#include "engine/unshared_copy.h"

#include <algorithm>
#include <cstring>

namespace isolates::engine {
namespace {

using Made = std::variant<BackingStore, Failure>;

void append_varint(std::vector<uint8_t>& bytes, size_t value) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<uint8_t>(value | 0x80));
  bytes.push_back(static_cast<uint8_t>(value));
}

Made copied(const BackingStore& from, size_t offset, size_t length, bool resizable) {
  v8abi::SharedFlag shared = from.is_shared() ? v8abi::kShared : v8abi::kNotShared;
  auto* payer = &ArrayBuffers::of_host();
  auto store = resizable ? BackingStore::allocate_resizable(length, from.max_length(), shared, payer, nullptr)
                         : BackingStore::allocate(length, shared);
  if (!store) return no_room_for_buffer();
  if (length > 0) std::memcpy(store.data(), from.data() + offset, length);
  return store;
}

Made copied(const BackingStore& from) { return copied(from, 0, from.length(), from.is_resizable()); }

/// Of a view that is the whole value: its window, which then is the whole of its buffer.
std::variant<std::shared_ptr<const Copy>, Failure> of_window(const Copy& copy, const CopyWindow& window) {
  const BackingStore& from = copy.shared_array_buffers().at(0);
  if (window.offset > from.length() || window.length > from.length() - window.offset) return invalid_buffer();
  auto store = copied(from, window.offset, window.length, false);
  if (auto* failure = std::get_if<Failure>(&store)) return std::move(*failure);
  constexpr size_t kHeaderBytes = 2;
  std::vector<uint8_t> bytes(copy.data(), copy.data() + kHeaderBytes);
  bytes.insert(bytes.end(), {'u', 0, 'V', static_cast<uint8_t>(window.view), 0});
  append_varint(bytes, window.length);
  bytes.push_back(0);
  CopyTables tables;
  tables.shared_array_buffers.push_back(std::get<BackingStore>(std::move(store)));
  return Copy::of_bytes(std::move(bytes), std::move(tables));
}

std::optional<Failure> add_buffers(const Copy& copy, CopyTables& tables) {
  for (const BackingStore& from : copy.shared_array_buffers()) {
    auto store = copied(from);
    if (auto* failure = std::get_if<Failure>(&store)) return std::move(*failure);
    tables.shared_array_buffers.push_back(std::get<BackingStore>(std::move(store)));
  }
  for (size_t index = 0; index < copy.array_buffers().count(); ++index) {
    auto from = copy.array_buffers().begin_export(index);
    if (auto* failure = std::get_if<Failure>(&from)) return std::move(*failure);
    auto store = copied(std::get<BackingStore>(from));
    copy.array_buffers().end_export();
    if (auto* failure = std::get_if<Failure>(&store)) return std::move(*failure);
    tables.array_buffers.push_back(std::get<BackingStore>(std::move(store)));
  }
  return {};
}

/// Of what crosses as itself, copyInto() alone stands for a value.
std::variant<Value, Failure> of_value(const Value& value) {
  auto* into = std::get_if<CopyInto>(&value);
  if (!into) return value;
  auto inner = unshared(into->copy);
  if (auto* failure = std::get_if<Failure>(&inner)) return std::move(*failure);
  auto& made = std::get<std::shared_ptr<const ExternalCopy>>(inner);
  return CopyInto{made, into->transfer_in && made == into->copy};
}

bool is_shared(const ExternalCopy& copy);

bool is_shared(const Value& value) {
  auto* into = std::get_if<CopyInto>(&value);
  return into && is_shared(*into->copy);
}

bool is_shared(const ExternalCopy& copy) {
  const Copy* it = copy.copy();
  auto* value = std::get_if<Value>(&copy.content());
  if (!it) return value && is_shared(*value);
  if (!it->shared_array_buffers().empty()) return true;
  auto& objects = it->host_objects();
  return std::any_of(objects.begin(), objects.end(), [](const Value& value) { return is_shared(value); });
}

std::variant<std::shared_ptr<const Copy>, Failure> of_copy(const Copy& copy) {
  auto window = copy.window();
  bool is_view = window && window->shared && window->view != 0;
  if (is_view && !window->tracks_length) return of_window(copy, *window);
  CopyTables tables;
  if (auto failure = add_buffers(copy, tables)) return std::move(*failure);
  for (const Value& object : copy.host_objects()) {
    auto inner = of_value(object);
    if (auto* failure = std::get_if<Failure>(&inner)) return std::move(*failure);
    tables.host_objects.push_back(std::get<Value>(std::move(inner)));
  }
  tables.wasm_modules = copy.wasm_modules();
  return Copy::of_bytes({copy.data(), copy.data() + copy.size()}, std::move(tables));
}

}  // namespace

std::variant<std::shared_ptr<const ExternalCopy>, Failure> unshared(
    const std::shared_ptr<const ExternalCopy>& copy) {
  if (!is_shared(*copy)) return copy;
  if (!copy->copy()) return unshared(std::get<CopyInto>(std::get<Value>(copy->content())).copy);
  auto made = of_copy(*copy->copy());
  if (auto* failure = std::get_if<Failure>(&made)) return std::move(*failure);
  Value value = std::get<std::shared_ptr<const Copy>>(std::move(made));
  return std::make_shared<const ExternalCopy>(std::move(value), copy->profile());
}

}  // namespace isolates::engine
