// The end of an isolate's heap: by whoever leaves it last, or never, if V8 gave up in it.
#include "engine/entry.h"
#include "engine/heap_budget.h"
#include "engine/inspector.h"
#include "engine/isolate.h"
#include "engine/module_map.h"
#include "engine/rescue.h"
#include "engine/snapshot_creator.h"
#include "engine/v8_abi_heap.h"
#include "engine/weak_data.h"

namespace isolates::engine {

void Isolate::destroy_forgotten() {
  // Given up: who was inside has destroyed it, and keeps the isolate until then.
  if (lock_.wait_lock() != lib::FifoLock::Wait::kAcquired) return;
  if (!is_disposed()) tell_disposed("forgotten");
  phase_ = Phase::kDisposed;
  destroy_heap();
  lock_.unlock();
}

/// What V8 keeps for tools must be gone before its heap.
void Isolate::close_tools() {
  if (!v8_gave_up_ && (inspector_ || cpu_profiler_.is_running() || heap_is_sampled_)) {
    Entry entry(*this);
    char reason[256];
    auto close = [this] {
      cpu_profiler_.close(v8_);
      if (heap_is_sampled_) v8abi::heap_profiler_stop_sampling(v8abi::isolate_heap_profiler(v8_));
      if (inspector_) inspector_->close();
    };
    if (!run_rescued(close, reason, sizeof reason)) v8_gave_up_ = heap_unsafe_ = true;
  }
  // V8's teardown would abort where it ends the sampling (perhaps an inspector session's), and what it was in
  // the middle of may be just that.
  if (v8_gave_up_ && (heap_is_sampled_ || inspector_)) heap_unsafe_ = true;
  if (v8_gave_up_ && inspector_) inspector_->abandon();
  CpuSampling::forget(*this);
}

void Isolate::destroy_heap() {
  if (!v8_) return;
  close_tools();
  if (is_heap_told() && !snapshot_creator_) note_heap(heap_statistics());
  task_runner_->close();
  auto weak_data = std::move(weak_data_);
  weak_data_.clear();
  for (WeakData* data : weak_data) data->abandon();
  std::deque<QueuedTask> tasks;  // V8's own die before its heap, calls were failed when the phase changed
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    tasks.swap(queue_);
  }
  fail_waiting(std::move(tasks));
  V8Isolate* v8 = v8_;
  {
    std::lock_guard<std::mutex> guard(state_mutex_);
    v8_ = nullptr;  // no handle is freed, nothing is stopped from now on
    released_.clear();
    has_released_.store(false, std::memory_order_relaxed);
    phase_ = Phase::kGone;
  }
  char reason[256];
  auto dispose = [&] {
    v8_lock_.give_back();
    // Before V8's teardown, which collects and would tell what is deleted below.
    for (WeakData* data : weak_data) data->forget_object();
    modules_->close(true);
    snapshot_creator_.reset();
    v8abi::isolate_dispose(v8);
  };
  if (heap_unsafe_) modules_->close(false);
  if (!heap_unsafe_ && !run_rescued(dispose, reason, sizeof reason)) {
    heap_unsafe_ = true;
    Entry::enter_all_again();  // V8 had made this isolate the thread's current one
  }
  unregister_task_runner(v8);
  if (heap_unsafe_) {
    HeapBudget::instance().keep_as_leaked(this);
  } else {
    HeapBudget::instance().remove(this);
  }
  discarded_.insert(discarded_.end(), weak_data.begin(), weak_data.end());
  flush_discarded();
}

/// On the pool and not when what runs here has ended: its data may hold isolates, which should not wait.
void Isolate::flush_discarded() {
  if (discarded_.empty()) return;
  lib::ThreadPool::instance().post([discarded = std::move(discarded_)] {
    for (WeakData* data : discarded) delete data;
  });
  discarded_.clear();
}

}  // namespace isolates::engine
