#include "engine/heap_budget.h"

#include "engine/isolate.h"

namespace isolates::engine {

HeapBudget& HeapBudget::instance() {
  static auto* budget = new HeapBudget();
  return *budget;
}

bool HeapBudget::admit(Isolate* isolate) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (used_ + kNewIsolateBytes > kAdmitBytes) return false;
  isolates_[isolate] = kNewIsolateBytes;
  used_ += kNewIsolateBytes;
  return true;
}

void HeapBudget::report(Isolate* isolate, size_t heap_bytes) {
  std::shared_ptr<Isolate> victim;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    auto entry = isolates_.find(isolate);
    if (entry == isolates_.end()) return;
    used_ = used_ - entry->second + heap_bytes;
    entry->second = heap_bytes;
    if (used_ <= kStopBytes) return;
    // Only who runs can grow, and stopping who is idle would take a result from somebody who did nothing.
    Isolate* largest = isolate;
    for (auto& [other, bytes] : isolates_) {
      if (bytes > isolates_[largest] && other->is_running()) largest = other;
    }
    victim = largest->weak_from_this().lock();
  }
  if (victim) victim->die(Fault::kBudget);
}

void HeapBudget::remove(Isolate* isolate) {
  std::lock_guard<std::mutex> guard(mutex_);
  auto entry = isolates_.find(isolate);
  if (entry == isolates_.end()) return;
  used_ -= entry->second;
  isolates_.erase(entry);
}

void HeapBudget::keep_as_leaked(Isolate* isolate) {
  std::lock_guard<std::mutex> guard(mutex_);
  isolates_.erase(isolate);
}

std::vector<std::shared_ptr<Isolate>> HeapBudget::isolates() const {
  std::vector<std::shared_ptr<Isolate>> all;
  std::lock_guard<std::mutex> guard(mutex_);
  for (auto& [isolate, bytes] : isolates_) {
    if (auto alive = isolate->weak_from_this().lock()) all.push_back(std::move(alive));
  }
  return all;
}

size_t HeapBudget::used_bytes() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return used_;
}

}  // namespace isolates::engine
