#include "engine/lending.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "engine/entry.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

struct Lending::Lent {
  explicit Lent(Isolate& isolate) : isolate(isolate) {}

  void lend();
  void restore();
  void lose();

  Isolate& isolate;
  Run* runs = nullptr;
  int pauses = 0;
  int depth = 0;
  int lock_depth = 0;
  bool lost = false;
  Rejections rejections;  // of this thread's JavaScript: not of those who come
  alignas(16) unsigned char unlocker[64] = {};
  V8Lock v8_lock;  // ours, while others take theirs
};

void Lending::Lent::lend() {
  rejections = std::exchange(isolate.unhandled_rejections_, {});
  {
    std::lock_guard<std::mutex> guard(isolate.state_mutex_);
    runs = isolate.runs_;
    pauses = isolate.pauses_;
    isolate.runs_ = nullptr;
    isolate.pauses_ = 0;
    isolate.inside_ = false;
    isolate.lent_runs_.push_back(runs);
    isolate.schedule_waited_calls();
  }
  depth = isolate.depth_;
  isolate.depth_ = 0;
  v8abi::unlocker_initialize(unlocker, isolate.v8_);
  v8_lock = isolate.v8_lock_.lend();
}

/// The lock is held.
void Lending::Lent::restore() {
  isolate.lock_.set_depth(lock_depth);
  isolate.depth_ = depth;
  isolate.v8_lock_.give_back();
  v8abi::unlocker_destroy(unlocker);
  isolate.v8_lock_.put_back(v8_lock);
  isolate.unhandled_rejections_.put_before(std::move(rejections));
  std::lock_guard<std::mutex> guard(isolate.state_mutex_);
  auto& lent = isolate.lent_runs_;
  lent.erase(std::find(lent.begin(), lent.end(), runs));
  isolate.runs_ = runs;
  isolate.pauses_ = pauses;
  isolate.inside_ = true;
  isolate.running_.store(true, std::memory_order_relaxed);
  if (runs->stopped) v8abi::isolate_terminate(isolate.v8_);
  if (!isolate.queue_.empty()) isolate.schedule_turn();
}

/// It was given up, and somebody is inside for good or will destroy the heap. V8 remembers frames of this
/// thread, which are about to be left: no collection begins from now on (Isolate::on_gc_start), and one that
/// is under way ends.
void Lending::Lent::lose() {
  while (isolate.in_gc_ && !isolate.v8_gave_up_) usleep(1000);
  std::lock_guard<std::mutex> guard(isolate.state_mutex_);
  auto& lent = isolate.lent_runs_;
  lent.erase(std::find(lent.begin(), lent.end(), runs));
}

Lending::Lending() {
  for (Entry* entry = Entry::innermost(); entry; entry = entry->below()) {
    if (entry->is_forsaken()) continue;
    entries_.push_back(entry);
    auto is_same = [&](auto& lent) { return &lent->isolate == &entry->isolate(); };
    if (std::none_of(lent_.begin(), lent_.end(), is_same)) {
      lent_.push_back(std::make_unique<Lent>(entry->isolate()));
    }
  }
  for (Entry* entry : entries_) v8abi::isolate_exit(entry->isolate().v8());
  for (auto& lent : lent_) lent->lend();
  for (auto& lent : lent_) lent->lock_depth = lent->isolate.lock_.unlock_all();
}

Lending::~Lending() { take_back(); }

/// All or none: a thread that waited for one with others in its hands could keep their users waiting in a
/// circle. Those who have a lock now end: they have none that this thread holds.
void Lending::lock_all() {
  auto is_lost = [](auto& lent) { return lent->lost; };
  for (size_t first = 0;;) {
    if (std::all_of(lent_.begin(), lent_.end(), is_lost)) return;
    while (lent_[first]->lost) first = (first + 1) % lent_.size();
    if (lent_[first]->isolate.lock_.wait_lock() != lib::FifoLock::Wait::kAcquired) {
      lent_[first]->lost = true;
      continue;
    }
    size_t missing = 0;
    auto is_held = [&](size_t index) {
      return index == first || lent_[index]->lost || lent_[index]->isolate.lock_.try_lock();
    };
    while (missing < lent_.size() && is_held(missing)) ++missing;
    if (missing == lent_.size()) return;
    for (size_t index = 0; index < lent_.size(); ++index) {
      if ((index < missing || index == first) && !lent_[index]->lost) lent_[index]->isolate.lock_.unlock();
    }
    first = missing;
  }
}

void Lending::enter_all() {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    auto is_same = [&](auto& lent) { return &lent->isolate == &(*entry)->isolate(); };
    if ((*std::find_if(lent_.begin(), lent_.end(), is_same))->lost) {
      (*entry)->forsake();
    } else {
      v8abi::isolate_enter((*entry)->isolate().v8());
    }
  }
}

void Lending::take_back() {
  if (lent_.empty()) return;
  lock_all();
  for (auto& lent : lent_) lent->lost ? lent->lose() : lent->restore();
  enter_all();
  lent_.clear();
}

bool Lending::is_being_stopped() const {
  return std::any_of(lent_.begin(), lent_.end(), [](auto& lent) {
    std::lock_guard<std::mutex> guard(lent->isolate.state_mutex_);
    return lent->runs->stopped;
  });
}

}  // namespace isolates::engine
