#include "engine/heap_budget.h"

#include <algorithm>
#include <chrono>

#include "engine/isolate.h"

namespace isolates::engine {

HeapBudget& HeapBudget::instance() {
  static auto* budget = new HeapBudget();
  return *budget;
}

namespace {

// How long one waits for the memory of others that are coming to their end.
constexpr auto kPatience = std::chrono::seconds(2);

}  // namespace

bool HeapBudget::admit(Isolate* isolate) {
  std::unique_lock<std::mutex> guard(mutex_);
  auto has_room = [](size_t bytes) { return bytes + kNewIsolateBytes <= kAdmitBytes; };
  // Whoever has disposed of isolates, or been told of their end, may make another one.
  freed_.wait_for(guard, kPatience, [&] { return has_room(used_) || !has_room(staying_bytes()); });
  if (!has_room(used_)) return false;
  isolates_[isolate] = kNewIsolateBytes;
  used_ += kNewIsolateBytes;
  return true;
}

void HeapBudget::report(Isolate* isolate, size_t heap_bytes) {
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
  guard.unlock();  // The others take too long: this one goes too.
  isolate->die(Fault::kBudget);
}

size_t HeapBudget::staying_bytes() const {
  size_t staying = used_;
  for (auto& [isolate, bytes] : isolates_) {
    if (isolate->is_disposed()) staying -= bytes;
  }
  return staying;
}

std::vector<std::shared_ptr<Isolate>> HeapBudget::choose_victims() {
  std::vector<std::pair<size_t, Isolate*>> running;
  size_t staying = staying_bytes();
  for (auto& [isolate, bytes] : isolates_) {
    // Only who runs can grow; stopping who is idle would take a result from somebody who did nothing.
    if (!isolate->is_disposed() && isolate->is_running()) running.emplace_back(bytes, isolate);
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
  freed_.notify_all();  // There is nothing to wait for.
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
