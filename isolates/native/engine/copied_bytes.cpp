#include "engine/copied_bytes.h"

#include <cstring>

namespace isolates::engine {

std::shared_ptr<const ExternalCopy> copy_of_bytes(const std::string& bytes, Profile profile) {
  auto store = BackingStore::allocate(bytes.size(), v8abi::SharedFlag::kNotShared);
  if (!store) return nullptr;
  std::memcpy(store.data(), bytes.data(), bytes.size());
  CopyTables tables;
  tables.array_buffers.push_back(std::move(store));
  // V8's clone format 15: the first of the buffers that are handed over beside the bytes.
  auto copy = Copy::of_bytes({0xff, 15, 't', 0}, std::move(tables));
  return std::make_shared<const ExternalCopy>(Value(std::move(copy)), profile);
}

std::optional<std::string> bytes_of_copy(const ExternalCopy& copy) {
  const Copy* held = copy.copy();
  auto window = held ? held->window() : std::nullopt;
  if (!window || window->shared || window->view != 0) return std::nullopt;
  auto store = held->array_buffers().begin_export(0);
  auto* memory = std::get_if<BackingStore>(&store);
  if (!memory) return std::nullopt;
  std::string bytes(reinterpret_cast<const char*>(memory->data()), memory->length());
  held->array_buffers().end_export();
  return bytes;
}

}  // namespace isolates::engine
