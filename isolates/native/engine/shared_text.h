// A long string outside of any isolate, and strings in isolates that share its bytes.
#pragma once
#include <cstdlib>
#include <memory>

#include "engine/memory_ledger.h"
#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

class Isolate;

/// Code units that never change. Any thread.
class SharedText : public std::enable_shared_from_this<SharedText> {
 public:
  /// Null: no memory.
  static std::shared_ptr<const SharedText> copy_of(const TextView& text);
  /// Inside the isolate. Null: no memory, or larger than the isolate's memory limit.
  static std::shared_ptr<const SharedText> of(Isolate& isolate, Local string);
  ~SharedText();
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  TextView view() const { return {units_.get(), length_, two_byte_}; }
  size_t size_bytes() const { return two_byte_ ? length_ * 2 : length_; }

  /// For the MemoryLedger.
  LedgerMemory memory() const { return {units_.get(), size_bytes(), nullptr}; }

  /// An external string: no copy, and the isolate pays for the bytes once, however many it has. Empty: over
  /// the isolate's limit, or longer than V8's strings.
  Local to_local(Isolate& isolate) const;

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  SharedText(size_t length, bool two_byte);

  std::unique_ptr<void, Free> units_;
  const size_t length_;
  const bool two_byte_;
};

/// As upstream: shorter ones are not worth it.
inline constexpr size_t kSharedTextBytes = 1024;
/// The longest string that V8 makes.
inline constexpr size_t kMaxStringLength = (size_t{1} << 29) - 24;

}  // namespace isolates::engine
