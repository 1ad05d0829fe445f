// The limits of one isolate's memory, seen from V8's hooks: near the heap's limit, and around each
// collection.
#include <algorithm>

#include "engine/heap_budget.h"
#include "engine/isolate.h"
#include "engine/rescue.h"

namespace isolates::engine {
namespace {

constexpr size_t kTolerance = 4 << 20;  // V8's own for an empty isolate, and rounding

}  // namespace

size_t Isolate::on_near_heap_limit(void* it, size_t current, size_t initial) {
  auto* self = static_cast<Isolate*>(it);
  // V8's teardown finishes a collection that has begun; whatever that leaves goes right after it.
  if (!self->v8_) return std::max(current, HeapBudget::kStopBytes);
  // V8 asks also when a buffer does not fit, and counts buffers into the heap that nears its limit; ours have
  // a limit of their own (ArrayBuffers::take).
  v8abi::HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics);
  v8abi::isolate_heap_statistics(self->v8_, &statistics);
  size_t raised = initial + self->array_buffers_->allocated_bytes();
  if (statistics.used_heap_size < initial - initial / 8) return std::max(raised, current);
  self->die(Fault::kMemory);
  // Room to unwind. Native loops that do not look get it twice; then V8 gives up, and the rescue zone has it.
  constexpr int kTimes = 2;
  if (++self->near_heap_limit_calls_ > kTimes) return current;
  return current + std::max(initial / 2, size_t{32} << 20);
}

void Isolate::on_gc_start(V8Isolate* v8, int, int, void* it) {
  auto* self = static_cast<Isolate*>(it);
  // Teardown, while incremental marking was under way. V8 would look for handles in frames that the rescue
  // has left, and at objects that may be half made: such a heap leaks.
  if (self->v8_gave_up_) leave_rescue_zone("V8 gave up while it was marking");
  self->in_gc_ = true;  // before the look: who takes the frames away looks here after it has said so
  if (self->frames_gone_) {
    self->heap_unsafe_ = true;
    self->in_gc_ = false;
    leave_rescue_zone("the isolate was given up while another thread had lent it");
  }
  v8abi::HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics);
  v8abi::isolate_heap_statistics(v8, &statistics);
  HeapBudget::instance().report(self, statistics.total_heap_size);
}

void Isolate::on_gc_end(V8Isolate* v8, int type, int, void* it) {
  auto* self = static_cast<Isolate*>(it);
  self->in_gc_ = false;
  self->flush_discarded();
  HeapStatistics all = self->heap_statistics_of(v8);
  auto& statistics = all.v8;
  if (self->v8_) self->note_heap(all);  // else it is the teardown's
  self->array_buffers_->set_heap_bytes(statistics.used_heap_size);
  HeapBudget::instance().report(self, statistics.total_heap_size);
  // What lies outside counts too: buffers exactly, the rest by what V8's library took (or by V8's estimate).
  size_t outside = std::max(self->array_buffers_->allocated_bytes() + self->native_memory_.bytes(),
                            statistics.external_memory);
  if (statistics.used_heap_size + outside <= self->options_.memory_limit_bytes + kTolerance) return;
  constexpr int kMarkSweepCompact = 4;
  if (type == kMarkSweepCompact) {
    self->die(Fault::kMemory);
  } else {
    // Some of it may be garbage. V8 does not know its size, so it has to be told to look; and to free at once
    // what it finds, as a task for later would come after a loop that goes on.
    auto collect = [](V8Isolate* it, void*) {
      constexpr int kNone = 0, kCritical = 2;
      v8abi::isolate_memory_pressure(it, kCritical);
      v8abi::isolate_memory_pressure(it, kNone);
    };
    v8abi::isolate_request_interrupt(v8, collect, nullptr);
  }
}

}  // namespace isolates::engine
