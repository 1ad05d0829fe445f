#include "engine/memory_ledger.h"

#include <algorithm>
#include <utility>

#include "engine/array_buffers.h"

namespace isolates::engine {
namespace {

uintptr_t address_of(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

}  // namespace

Share& Share::operator=(Share&& other) noexcept {
  std::swap(start_, other.start_);
  std::swap(id_, other.id_);
  std::swap(payer_, other.payer_);
  return *this;
}

void Share::drop() {
  if (payer_) MemoryLedger::instance().drop(*this);
}

MemoryLedger& MemoryLedger::instance() {
  static auto* it = new MemoryLedger();
  return *it;
}

void MemoryLedger::add_pages(const void* start, size_t length, ArrayBuffers* payer) {
  std::lock_guard<std::mutex> guard(mutex_);
  Entry& entry = entries_[address_of(start)];
  entry = {++last_id_, length, 0, {}, payer};
  count_.store(entries_.size(), std::memory_order_relaxed);
  if (!payer) return;
  payer->add_owner();
  entry.payers.push_back({payer, 1});
}

MemoryLedger::Entries::iterator MemoryLedger::find_around(const void* address, size_t* offset) {
  uintptr_t where = address_of(address);
  auto after = entries_.upper_bound(where);
  if (after == entries_.begin()) return entries_.end();
  auto candidate = std::prev(after);
  *offset = where - candidate->first;
  return *offset < candidate->second.length ? candidate : entries_.end();
}

bool MemoryLedger::commit(const void* address, size_t length, ArrayBuffers* grower) {
  if (count_.load(std::memory_order_relaxed) == 0) return true;
  std::lock_guard<std::mutex> guard(mutex_);
  size_t offset = 0;
  auto found = find_around(address, &offset);
  if (found == entries_.end()) return true;
  Entry& entry = found->second;
  size_t committed = offset + length;
  if (committed <= entry.committed || committed > entry.length) return true;
  size_t more = committed - entry.committed;
  if (entry.find(grower) != entry.payers.end() && !grower->take(more)) return false;
  for (Payer& payer : entry.payers) {
    if (payer.account != grower) payer.account->take_anyway(more);
  }
  entry.committed = committed;
  return true;
}

void MemoryLedger::decommit(const void* address) {
  if (count_.load(std::memory_order_relaxed) == 0) return;
  std::lock_guard<std::mutex> guard(mutex_);
  size_t committed = 0;
  auto found = find_around(address, &committed);
  if (found == entries_.end() || committed >= found->second.committed) return;
  Entry& entry = found->second;
  for (Payer& payer : entry.payers) payer.account->give_back(entry.committed - committed);
  entry.committed = committed;
}

std::vector<MemoryLedger::Payer>::iterator MemoryLedger::Entry::find(const ArrayBuffers* account) {
  auto same = [&](const Payer& it) { return it.account == account; };
  return std::find_if(payers.begin(), payers.end(), same);
}

/// The entry of the memory, made if there is none.
MemoryLedger::Entry& MemoryLedger::at(const LedgerMemory& memory) {
  auto [found, is_new] = entries_.try_emplace(address_of(memory.start));
  Entry& entry = found->second;
  if (!is_new) return entry;
  entry = {++last_id_, memory.bytes, memory.bytes, {}, memory.payer};
  count_.store(entries_.size(), std::memory_order_relaxed);
  if (!memory.payer) return entry;
  entry.payers.push_back({memory.payer, 1});
  memory.payer->add_owner();
  memory.payer->note_in_ledger();
  return entry;
}

bool MemoryLedger::move(const std::vector<LedgerMemory>& all, ArrayBuffers* to) {
  std::lock_guard<std::mutex> guard(mutex_);
  size_t more = 0;
  for (const LedgerMemory& memory : all) {
    if (!memory.start) continue;
    Entry& entry = at(memory);
    if (entry.find(to) == entry.payers.end()) more += entry.committed;
  }
  if (to && !to->take(more)) return false;
  for (const LedgerMemory& memory : all) {
    if (memory.start) give_to(at(memory), to);
  }
  return true;
}

void MemoryLedger::give_to(Entry& entry, ArrayBuffers* to) {
  if (to) to->add_owner();
  for (Payer& payer : entry.payers) {
    if (payer.account != to) payer.account->give_back(entry.committed);
    payer.account->drop_owner();
  }
  entry.payers.clear();
  if (to) entry.payers.push_back({to, 1});
  entry.unclaimed = to;
  entry.id = ++last_id_;
}

std::optional<Share> MemoryLedger::share(const LedgerMemory& memory, ArrayBuffers* payer) {
  Share share;
  if (!memory.start) return share;
  std::lock_guard<std::mutex> guard(mutex_);
  Entry& entry = at(memory);
  auto found = entry.find(payer);
  if (found == entry.payers.end()) {
    if (!payer->take(entry.committed)) return std::nullopt;
    payer->add_owner();
    entry.payers.push_back({payer, 1});
  } else if (entry.unclaimed == payer) {
    entry.unclaimed = nullptr;  // the part that is there becomes this one
  } else {
    ++found->parts;
  }
  share.start_ = address_of(memory.start);
  share.id_ = entry.id;
  share.payer_ = payer;
  return share;
}

void MemoryLedger::drop(const Share& share) {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    auto found = entries_.find(share.start_);
    if (found == entries_.end() || found->second.id != share.id_) return;  // freed, or moved
    Entry& entry = found->second;
    auto payer = entry.find(share.payer_);
    if (payer == entry.payers.end() || --payer->parts > 0) return;
    share.payer_->give_back(entry.committed);
    entry.payers.erase(payer);
  }
  share.payer_->drop_owner();
}

bool MemoryLedger::remove(const void* start) {
  if (count_.load(std::memory_order_relaxed) == 0) return false;
  Entry entry;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    auto found = entries_.find(address_of(start));
    if (found == entries_.end()) return false;
    entry = std::move(found->second);
    entries_.erase(found);
    count_.store(entries_.size(), std::memory_order_relaxed);
  }
  for (Payer& payer : entry.payers) {
    payer.account->give_back(entry.committed);
    payer.account->drop_owner();
  }
  return true;
}

}  // namespace isolates::engine
