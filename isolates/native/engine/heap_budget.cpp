#include "engine/heap_budget.h"

#include <algorithm>
#include <chrono>

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
  // How long a collection may wait for others that are being stopped: after that its own isolate goes too.
  constexpr auto kPatience = std::chrono::seconds(2);
  std::vector<std::shared_ptr<Isolate>> victims;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    auto entry = isolates_.find(isolate);
    if (entry == isolates_.end()) return;
    used_ = used_ - entry->second + heap_bytes;
    entry->second = heap_bytes;
    freed_.notify_all();
    if (used_ <= kStopBytes) return;
    victims = choose_victims();
  }
  for (auto& victim : victims) victim->die(Fault::kBudget);
  std::unique_lock<std::mutex> guard(mutex_);
  auto room = [&] { return used_ <= kStopBytes || isolate->is_disposed(); };
  if (freed_.wait_for(guard, kPatience, room)) return;
  guard.unlock();
  isolate->die(Fault::kBudget);
}

std::vector<std::shared_ptr<Isolate>> HeapBudget::choose_victims() {
  std::vector<std::pair<size_t, Isolate*>> running;
  size_t staying = used_;
  for (auto& [isolate, bytes] : isolates_) {
    if (isolate->is_disposed()) {
      staying -= bytes;  // on its way out
    } else if (isolate->is_running()) {
      // Only who runs can grow; stopping who is idle would take a result from somebody who did nothing.
      running.emplace_back(bytes, isolate);
    }
  }
  std::sort(running.rbegin(), running.rend());
  std::vector<std::shared_ptr<Isolate>> victims;
  for (auto& [bytes, isolate] : running) {
    if (staying <= kStopBytes) break;
    if (auto alive = isolate->weak_from_this().lock()) victims.push_back(std::move(alive));
    staying -= bytes;
  }
  return victims;
}

void HeapBudget::remove(Isolate* isolate) {
  std::lock_guard<std::mutex> guard(mutex_);
  auto entry = isolates_.find(isolate);
  if (entry == isolates_.end()) return;
  used_ -= entry->second;
  isolates_.erase(entry);
  freed_.notify_all();
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
