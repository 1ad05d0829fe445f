#include "lib/wake_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

namespace isolates::lib {

#ifdef __linux__

WakeDescriptor::WakeDescriptor() { read_end_ = write_end_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

#else

WakeDescriptor::WakeDescriptor() {
  int ends[2];
  if (pipe(ends) != 0) return;
  for (int end : ends) {
    fcntl(end, F_SETFL, O_NONBLOCK);
    fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  read_end_ = ends[0];
  write_end_ = ends[1];
}

#endif

WakeDescriptor::~WakeDescriptor() {
  if (read_end_ < 0) return;
  close(read_end_);
  if (write_end_ != read_end_) close(write_end_);
}

void WakeDescriptor::signal() const {
  uint64_t one = 1;
  // Can fail only because it is full, and then it is readable.
  [[maybe_unused]] auto written = write(write_end_, &one, sizeof one);
}

void WakeDescriptor::reset() const {
  uint64_t bytes[8];
  while (read(read_end_, bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes)) {
  }
}

}  // namespace isolates::lib
