#include "lib/clock.h"

#include <ctime>

#ifdef __APPLE__
#include <mach/mach.h>
#endif

namespace isolates::lib {

int64_t thread_cpu_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
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
