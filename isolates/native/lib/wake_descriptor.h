// A signal that event loops can wait for.
#pragma once

namespace isolates::lib {

/// A file descriptor that is readable from `signal` until `reset`: an eventfd on Linux, a pipe elsewhere. Any
/// thread. Its owner must see to it that nobody signals one that is destroyed.
class WakeDescriptor {
 public:
  WakeDescriptor();
  ~WakeDescriptor();
  WakeDescriptor(const WakeDescriptor&) = delete;
  WakeDescriptor& operator=(const WakeDescriptor&) = delete;

  /// -1 if the process has no descriptor left.
  int descriptor() const { return read_end_; }
  void signal() const;
  void reset() const;

 private:
  int read_end_ = -1;
  int write_end_ = -1;  // the same for an eventfd
};

}  // namespace isolates::lib
