// Times as the engine counts them: nanoseconds of wall time and of one thread's CPU time.
#pragma once
#include <pthread.h>

#include <chrono>
#include <cstdint>

namespace isolates::lib {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

inline int64_t wall_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now().time_since_epoch()).count();
}

/// CPU time that the calling thread has used, as of `wall_ns` (a fresh wall_now_ns()).
///
/// Reading it is a system call of 0.5 µs, a third of a short call into an isolate. So within 20 µs of
/// the last reading on this thread the wall clock is added instead, and at least once in a millisecond it is
/// read for real. Wrong only if the thread was taken off its core for less than 20 µs, and by no more than
/// that.
int64_t thread_cpu_ns(int64_t wall_ns);

/// CPU time that another, living thread has used, or `fallback` where the system can't tell.
int64_t thread_cpu_of_ns(pthread_t thread, int64_t fallback);

}  // namespace isolates::lib
