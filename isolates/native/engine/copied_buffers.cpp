#include "engine/copied_buffers.h"

#include <cstring>

#include "engine/isolate.h"

namespace isolates::engine {
namespace {

std::vector<LedgerMemory> memory_of(const std::vector<BackingStore>& stores) {
  std::vector<LedgerMemory> memory;
  for (const BackingStore& store : stores) memory.push_back(store.memory(&ArrayBuffers::of_host()));
  return memory;
}

void disown(const std::vector<BackingStore>& stores) {
  MemoryLedger::instance().move(memory_of(stores), nullptr);
}

}  // namespace

Failure no_room_for_buffer() {
  auto thrown = std::make_shared<Thrown>();
  thrown->js_class = Thrown::Class::kRange;
  thrown->name = Text::latin1("RangeError");
  thrown->message = Text::latin1("Array buffer allocation failed");
  return {Fault::kThrown, "Array buffer allocation failed", std::move(thrown)};
}

Failure invalid_buffer() { return {Fault::kTransfer, "Array buffer is invalid", {}}; }

size_t CopiedBuffers::bytes_of(const std::vector<BackingStore>& stores) {
  size_t bytes = 0;
  for (const BackingStore& store : stores) bytes += store.length();
  return bytes;
}

std::variant<std::vector<Local>, Failure> CopiedBuffers::copy_into(Isolate& isolate) {
  // A second holder of each keeps what was taken meanwhile from going away; its bytes are not looked at then.
  std::vector<BackingStore> stores;
  {
    std::shared_lock<std::shared_mutex> guard(mutex_);
    if (taken_) return invalid_buffer();
    stores = stores_;
  }
  std::vector<Local> buffers;
  std::vector<uint8_t*> targets;
  for (const BackingStore& store : stores) {
    Local buffer;
    if (store.is_resizable()) {
      auto made = BackingStore::allocate_resizable(store.length(), store.max_length(), v8abi::kNotShared,
                                                   &isolate.array_buffers(), isolate.v8());
      if (!made) return no_room_for_buffer();
      targets.push_back(made.data());
      buffer = v8abi::array_buffer_new(isolate.v8(), std::move(made).give());
    } else {
      buffer = v8abi::array_buffer_maybe_new(isolate.v8(), store.length(), v8abi::kUninitialized);
      if (!buffer) return no_room_for_buffer();
      targets.push_back(BackingStore(v8abi::array_buffer_backing_store(buffer)).data());
    }
    buffers.push_back(buffer);
  }
  std::shared_lock<std::shared_mutex> guard(mutex_);
  if (taken_) return invalid_buffer();
  for (size_t index = 0; index < stores.size(); ++index) {
    if (targets[index]) std::memcpy(targets[index], stores[index].data(), stores[index].length());
  }
  return buffers;
}

std::variant<std::vector<Local>, Failure> CopiedBuffers::move_into(Isolate& isolate) {
  auto taken = take_all();
  if (auto* failure = std::get_if<Failure>(&taken)) return std::move(*failure);
  auto& stores = std::get<std::vector<BackingStore>>(taken);
  auto memory = memory_of(stores);
  auto& account = isolate.array_buffers();
  if (!MemoryLedger::instance().move(memory, &account)) {
    v8abi::isolate_low_memory(isolate.v8());
    if (!MemoryLedger::instance().move(memory, &account)) {
      put_back(std::move(stores));
      return no_room_for_buffer();
    }
  }
  std::vector<Local> buffers;
  for (BackingStore& store : stores)
    buffers.push_back(v8abi::array_buffer_new(isolate.v8(), std::move(store).give()));
  return buffers;
}

std::variant<std::vector<BackingStore>, Failure> CopiedBuffers::take() {
  auto taken = take_all();
  if (auto* stores = std::get_if<std::vector<BackingStore>>(&taken)) disown(*stores);
  return taken;
}

std::variant<std::vector<BackingStore>, Failure> CopiedBuffers::keep() {
  std::shared_lock<std::shared_mutex> guard(mutex_);
  if (taken_) return invalid_buffer();
  disown(stores_);
  return stores_;
}

bool CopiedBuffers::share_with(ArrayBuffers& payer, std::vector<Share>& shares) {
  std::shared_lock<std::shared_mutex> guard(mutex_);
  for (const LedgerMemory& memory : memory_of(stores_)) {
    auto share = MemoryLedger::instance().share(memory, &payer);
    if (!share) return false;
    shares.push_back(std::move(*share));
  }
  return true;
}

std::variant<std::vector<BackingStore>, Failure> CopiedBuffers::take_all() {
  std::unique_lock<std::shared_mutex> guard(mutex_);
  if (taken_) return invalid_buffer();
  if (exports_ > 0) {
    return Failure{Fault::kTransfer, "The copy can't be transferred while a memoryview of it is in use", {}};
  }
  taken_ = true;
  return std::move(stores_);
}

void CopiedBuffers::put_back(std::vector<BackingStore> stores) {
  std::unique_lock<std::shared_mutex> guard(mutex_);
  stores_ = std::move(stores);
  taken_ = false;
}

std::variant<BackingStore, Failure> CopiedBuffers::begin_export(size_t index) {
  std::unique_lock<std::shared_mutex> guard(mutex_);
  if (taken_ || index >= stores_.size()) return invalid_buffer();
  ++exports_;
  return stores_[index];
}

void CopiedBuffers::end_export() {
  std::unique_lock<std::shared_mutex> guard(mutex_);
  --exports_;
}

}  // namespace isolates::engine
