// Which isolates pay for memory that moves between them, or that they share.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace isolates::engine {

class ArrayBuffers;

/// A stretch of memory as the ledger is told of it. `payer` (null: nobody) pays for it, as far as the ledger
/// does not know better.
struct LedgerMemory {
  const void* start;
  size_t bytes;
  ArrayBuffers* payer;
};

/// Somebody's part in memory that is shared: while any part of the same payer lives, it pays for the whole.
class Share {
 public:
  Share() = default;
  Share(Share&& other) noexcept { *this = std::move(other); }
  Share& operator=(Share&& other) noexcept;
  ~Share() { drop(); }

 private:
  friend class MemoryLedger;
  void drop();

  uintptr_t start_ = 0;
  uint64_t id_ = 0;
  ArrayBuffers* payer_ = nullptr;
};

/// Knows pages that are committed piece by piece (buffer_pages.h), and all other memory from the moment that
/// it leaves the isolate whose allocator made it. A payer is kept alive by what it pays for. Any thread; a
/// leaf lock. V8 is never called.
class MemoryLedger {
 public:
  static MemoryLedger& instance();

  /// Reserved pages, of which none is committed. Without a payer they are nobody's.
  void add_pages(const void* start, size_t length, ArrayBuffers* payer);
  /// The pages around `address` are committed up to its end. False: over the limit of `grower`, which is the
  /// isolate that asks; other payers take what comes.
  bool commit(const void* address, size_t length, ArrayBuffers* grower);
  /// From `address` on, the pages around it are not committed any more.
  void decommit(const void* address);

  /// Only `to` pays for all of it from now on, or nobody. False: over its limit, and nothing has changed.
  bool move(const std::vector<LedgerMemory>& memory, ArrayBuffers* to);
  /// `payer` pays too. Nothing: over its limit.
  std::optional<Share> share(const LedgerMemory& memory, ArrayBuffers* payer);
  /// The memory is free. False: the ledger does not know it.
  bool remove(const void* start);

 private:
  friend class Share;
  struct Payer {
    ArrayBuffers* account;
    size_t parts;
  };
  struct Entry {
    uint64_t id;
    size_t length;
    size_t committed;
    std::vector<Payer> payers;
    // Whose first part is nobody's Share yet: that of the isolate where the memory was made.
    ArrayBuffers* unclaimed;

    std::vector<Payer>::iterator find(const ArrayBuffers* account);
  };
  using Entries = std::map<uintptr_t, Entry>;

  Entries::iterator find_around(const void* address, size_t* offset);
  Entry& at(const LedgerMemory& memory);
  void give_to(Entry& entry, ArrayBuffers* to);
  void drop(const Share& share);

  std::mutex mutex_;
  Entries entries_;
  uint64_t last_id_ = 0;
  std::atomic<size_t> count_{0};
};

}  // namespace isolates::engine
