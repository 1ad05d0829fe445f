#include "engine/sample.h"

#include <algorithm>

#include "engine/call.h"
#include "engine/entry.h"

namespace isolates::engine {

/// Any thread may look at a heap at rest, as V8 needs no entry for that: with the lock, if nobody has it;
/// with the state mutex, if what runs has called out, since it takes that before it comes back in. Whoever
/// runs is asked to tell: V8 calls `tell_heap` at the next safe point, or the end of the run does. So does
/// the end of each collection, asked or not, which comes in native loops too.
Sample Isolate::sample() {
  Sample sample;
  HeapStatistics told{};
  bool looked = look_at_rest([&] { told = heap_statistics(); });
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (!looked && runs_ && runs_->outside == 0) ask_for_heap();
  if (looked) {
    known_heap_ = told;
    known_at_ = lib::SteadyClock::now();
  }
  sample.state = state_now();
  sample.heap = known_heap_;
  if (!looked) sample.heap_age_ns = std::chrono::nanoseconds(lib::SteadyClock::now() - known_at_).count();
  sample.memory_limit_bytes = options_.memory_limit_bytes;
  sample.wall_time_ns = wall_time_so_far_ns();
  sample.cpu_time_ns = cpu_time_so_far_ns();
  sample.reference_count = reference_count();
  return sample;
}

bool Isolate::look_at_rest(const std::function<void()>& look) {
  bool looked = false;
  if (!is_disposed() && lock_.try_lock()) {
    looked = is_heap_told();
    if (looked) look();
    lock_.unlock();
    // Disposed meanwhile by somebody who has left the heap to us.
    if (has_heap_to_destroy()) {
      lib::ThreadPool::instance().post([self = shared_from_this()] {
        if (self->lock_.try_lock()) self->leave();
      });
    }
  }
  if (looked) return true;
  std::lock_guard<std::mutex> guard(state_mutex_);
  if (!runs_ || runs_->outside == 0 || !is_heap_told()) return false;
  look();
  return true;
}

/// The state mutex is held.
SampleState Isolate::state_now() const {
  if (phase_ != Phase::kAlive) return SampleState::kDisposed;
  if (runs_) return runs_->outside > 0 ? SampleState::kWaiting : SampleState::kRunning;
  if (!lent_runs_.empty()) return SampleState::kWaiting;
  auto is_wanted = [](const QueuedTask& task) { return task.call && !task.call->is_finished(); };
  if (std::any_of(queue_.begin(), queue_.end(), is_wanted)) return SampleState::kQueued;
  return waiting_calls_.load(std::memory_order_relaxed) > 0 ? SampleState::kWaiting : SampleState::kIdle;
}

/// Never one that V8 has given up on, or that a native loop works in which nobody waits for.
bool Isolate::is_heap_told() const {
  auto phase = phase_.load(std::memory_order_acquire);
  return v8_ && (phase == Phase::kAlive || phase == Phase::kDisposed) && !v8_gave_up_ && !heap_unsafe_ &&
         !in_gc_;
}

/// Once until it has told, or its run has ended: V8 keeps each request until it calls. V8's lock forgets
/// requests that come before the run is inside, so not until its clock has begun.
void Isolate::ask_for_heap() {
  if (!v8_ || is_disposed()) return;
  Run* outermost = runs_;
  while (outermost->outer) outermost = outermost->outer;
  if (asked_run_ == outermost->id || cpu_since_ns_ < 0) return;
  asked_run_ = outermost->id;
  heap_wanted_.store(true, std::memory_order_relaxed);
  v8abi::isolate_request_interrupt(v8_, tell_heap, nullptr);
}

void Isolate::tell_heap(V8Isolate*, void*) {
  Isolate& self = Entry::innermost()->isolate();
  if (self.is_heap_told()) self.note_heap(self.heap_statistics());
  self.heap_wanted_.store(false, std::memory_order_relaxed);
  std::lock_guard<std::mutex> guard(self.state_mutex_);
  self.asked_run_ = 0;
}

void Isolate::note_heap(const HeapStatistics& statistics) {
  std::lock_guard<std::mutex> guard(state_mutex_);
  known_heap_ = statistics;
  known_at_ = lib::SteadyClock::now();
}

}  // namespace isolates::engine
