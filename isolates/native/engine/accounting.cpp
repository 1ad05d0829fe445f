// What an isolate has used: its heap, and time.
#include <algorithm>

#include "engine/isolate.h"

namespace isolates::engine {

HeapStatistics Isolate::heap_statistics() { return heap_statistics_of(v8_); }

HeapStatistics Isolate::heap_statistics_of(V8Isolate* v8) {
  HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics.v8);
  v8abi::isolate_heap_statistics(v8, &statistics.v8);
  statistics.externally_allocated_size = array_buffers_->allocated_bytes();
  return statistics;
}

std::vector<std::pair<const char*, size_t>> HeapStatistics::figures() const {
  return {{"total_heap_size", v8.total_heap_size},
          {"total_heap_size_executable", v8.total_heap_size_executable},
          {"total_physical_size", v8.total_physical_size},
          {"total_available_size", v8.total_available_size},
          {"used_heap_size", v8.used_heap_size},
          {"heap_size_limit", v8.heap_size_limit},
          {"malloced_memory", v8.malloced_memory},
          {"peak_malloced_memory", v8.peak_malloced_memory},
          {"external_memory", v8.external_memory},
          {"does_zap_garbage", v8.does_zap_garbage ? 1 : 0},
          {"number_of_native_contexts", v8.number_of_native_contexts},
          {"number_of_detached_contexts", v8.number_of_detached_contexts},
          {"total_global_handles_size", v8.total_global_handles_size},
          {"used_global_handles_size", v8.used_global_handles_size},
          {"externally_allocated_size", externally_allocated_size}};
}

void Isolate::note_size() {
  auto statistics = heap_statistics();
  note_heap(statistics);
  size_t bytes = statistics.v8.used_heap_size + statistics.externally_allocated_size;
  known_bytes_.store(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

int64_t Isolate::cpu_time_ns() const {
  std::lock_guard<std::mutex> guard(state_mutex_);
  return cpu_time_so_far_ns();
}

int64_t Isolate::wall_time_ns() const {
  std::lock_guard<std::mutex> guard(state_mutex_);
  return wall_time_so_far_ns();
}

int64_t Isolate::cpu_time_so_far_ns() const {
  if (cpu_since_ns_ < 0 || is_aside_) return cpu_total_ns_;
  return cpu_total_ns_ +
         std::max<int64_t>(0, lib::thread_cpu_of_ns(cpu_thread_, cpu_since_ns_) - cpu_since_ns_);
}

int64_t Isolate::wall_time_so_far_ns() const {
  return wall_since_ns_ < 0 ? wall_total_ns_ : wall_total_ns_ + lib::wall_now_ns() - wall_since_ns_;
}

}  // namespace isolates::engine
