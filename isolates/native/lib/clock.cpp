#include "lib/clock.h"

#include <algorithm>
#include <ctime>

#ifdef __APPLE__
#include <mach/mach.h>
#endif

namespace isolates::lib {

namespace {

constexpr int64_t kAssumeRunningNs = 20'000;
constexpr int64_t kReadAfterNs = 1'000'000;

int64_t read_thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int64_t thread_cpu_ns(int64_t wall_ns) {
  static thread_local int64_t last_wall = 0, last_read_wall = 0, last_cpu = 0;
  if (wall_ns - last_wall < kAssumeRunningNs && wall_ns - last_read_wall < kReadAfterNs) {
    last_cpu += wall_ns - last_wall;
  } else {
    last_cpu = std::max(last_cpu, read_thread_cpu_ns());
    last_read_wall = wall_ns;
  }
  last_wall = wall_ns;
  return last_cpu;
}

#ifdef __APPLE__

int64_t thread_cpu_of_ns(pthread_t thread, int64_t fallback) {
  thread_basic_info_data_t info;
  mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
  if (thread_info(pthread_mach_thread_np(thread), THREAD_BASIC_INFO, reinterpret_cast<thread_info_t>(&info),
                  &count) != KERN_SUCCESS) {
    return fallback;
  }
  int64_t microseconds = (int64_t{info.user_time.seconds} + info.system_time.seconds) * 1'000'000 +
                         info.user_time.microseconds + info.system_time.microseconds;
  return microseconds * 1000;
}

#else

int64_t thread_cpu_of_ns(pthread_t thread, int64_t fallback) {
  clockid_t clock;
  timespec now{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &now) != 0) return fallback;
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

#endif

}  // namespace isolates::lib
