#include "engine/lending.h"

#include <algorithm>

#include "engine/entry.h"
#include "engine/rescue.h"

namespace isolates::engine {

Lending::Lending(Isolate& isolate, Isolate* needed) : isolate_(isolate) {
  if (needed) edge_.emplace(needed->lock());
  if (isolate.depth_ == 1) lend();
}

void Lending::lend() {
  lent_ = true;
  {
    std::lock_guard<std::mutex> guard(isolate_.state_mutex_);
    runs_ = isolate_.runs_;
    outside_ = isolate_.outside_;
    isolate_.lent_runs_.push_back(runs_);
    isolate_.runs_ = nullptr;
    isolate_.outside_ = 0;
    isolate_.inside_ = false;
  }
  isolate_.depth_ = 0;
  v8abi::isolate_exit(isolate_.v8_);
  v8abi::unlocker_initialize(unlocker_, isolate_.v8_);
  isolate_.lock_.unlock();
}

Lending::~Lending() noexcept(false) {
  if (lent_) take_back();
}

void Lending::take_back() {
  // Those who hold it now end: they hold no lock that this thread has, and wait for none of its.
  bool acquired = isolate_.lock_.wait_lock() == lib::FifoLock::Wait::kAcquired;
  {
    std::lock_guard<std::mutex> guard(isolate_.state_mutex_);
    auto& lent = isolate_.lent_runs_;
    lent.erase(std::find(lent.begin(), lent.end(), runs_));
  }
  if (!acquired) {
    Entry::innermost()->forsake();
    leave_rescue_zone("the isolate was lost while it was lent");
  }
  v8abi::unlocker_destroy(unlocker_);
  v8abi::isolate_enter(isolate_.v8_);
  isolate_.depth_ = 1;
  std::lock_guard<std::mutex> guard(isolate_.state_mutex_);
  isolate_.runs_ = runs_;
  isolate_.outside_ = outside_;
  isolate_.inside_ = true;
  if (runs_ && runs_->stopped) v8abi::isolate_terminate(isolate_.v8_);
}

bool Lending::is_being_stopped() const {
  std::lock_guard<std::mutex> guard(isolate_.state_mutex_);
  Run* run = lent_ ? runs_ : isolate_.runs_;
  return run && run->stopped;
}

}  // namespace isolates::engine
