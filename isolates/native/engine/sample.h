// What an isolate does and how large it is, told without waiting for anybody.
#pragma once
#include <cstdint>

#include "engine/isolate.h"

namespace isolates::engine {

struct Sample {
  SampleState state = SampleState::kIdle;
  int64_t heap_age_ns = 0;  // 0: looked at now
  HeapStatistics heap;
  size_t memory_limit_bytes = 0;
  int64_t wall_time_ns = 0;
  int64_t cpu_time_ns = 0;
  int64_t reference_count = 0;
};

}  // namespace isolates::engine
