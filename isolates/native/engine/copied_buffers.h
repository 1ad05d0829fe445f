// The ArrayBuffers of a copy, beside its bytes.
#pragma once
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <variant>
#include <vector>

#include "engine/backing_store.h"
#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

class Isolate;

/// Memory that no isolate has, until somebody takes it all: then the copy is of no use any more.
/// Any thread. The lock is held while memory is copied out of it, so that nobody takes it meanwhile; V8 is
/// not called with it.
class CopiedBuffers {
 public:
  explicit CopiedBuffers(std::vector<BackingStore> stores)
      : count_(stores.size()), bytes_(bytes_of(stores)), stores_(std::move(stores)) {}

  /// How many there are, or were.
  size_t count() const { return count_; }
  bool has_any() const { return count_ > 0; }
  /// How much memory they have, or had.
  size_t bytes() const { return bytes_; }

  /// Inside: an ArrayBuffer with a copy of each.
  std::variant<std::vector<Local>, Failure> copy_into(Isolate& isolate);
  /// Inside: an ArrayBuffer of each itself, in constant time.
  std::variant<std::vector<Local>, Failure> move_into(Isolate& isolate);
  /// Out of all accounting, for the host to keep.
  std::variant<std::vector<BackingStore>, Failure> take();
  /// The same for a copy that nobody but the caller has: it may ask again, and gets the same.
  std::variant<std::vector<BackingStore>, Failure> keep();

  /// `payer` pays for them too, until they are taken. False: over its limit.
  bool share_with(ArrayBuffers& payer, std::vector<Share>& shares);

  /// The host looks at the memory itself: nobody can take it until it has looked. Failure if it was taken.
  std::variant<BackingStore, Failure> begin_export(size_t index);
  void end_export();

 private:
  std::variant<std::vector<BackingStore>, Failure> take_all();
  void put_back(std::vector<BackingStore> stores);
  static size_t bytes_of(const std::vector<BackingStore>& stores);

  const size_t count_;
  const size_t bytes_;
  std::shared_mutex mutex_;
  std::vector<BackingStore> stores_;
  bool taken_ = false;
  size_t exports_ = 0;
};

/// What is thrown, and can be caught inside, where memory for a buffer is missing.
Failure no_room_for_buffer();
/// Detached, taken, or such as can't be.
Failure invalid_buffer();

}  // namespace isolates::engine
