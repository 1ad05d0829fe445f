// V8's sampling profilers and the threads that they look at.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

namespace isolates::engine {

class Isolate;

/// A stretch of time that a thread has spent in an isolate, on V8's clock.
struct Activation {
  int64_t thread_id;  // the system's
  int64_t begin_us;
  int64_t end_us;
};

/// One for each isolate, part of it. V8's profiler (ours, the inspector's or console.profile's) has a thread
/// of its own that interrupts, by SIGPROF, the thread on which it was started, whether that runs the isolate
/// then or not, and even after its end. On Linux this follows the isolate from thread to thread instead, and
/// interrupts only while JavaScript runs: never Python's code, never a thread that has left.
///
/// Touched by the thread inside, but for `is_on`.
class CpuSampling {
 public:
  bool is_on() const { return samplers_.load(std::memory_order_relaxed) > 0; }
  /// While it is on: the thread enters, leaves, or begins to wait for something outside.
  void enter(Isolate& isolate);
  void leave(Isolate& isolate);
  void wait(Isolate& isolate);
  /// While and since it was last switched on.
  const std::vector<Activation>& activations() const { return activations_; }
  /// The isolate ends: what still samples it waits for ever.
  static void forget(Isolate& isolate);

 private:
  friend struct SamplerHooks;
  void begin_activation();

  std::atomic<int> samplers_{0};
  std::vector<Activation> activations_;
};

/// Comes between V8 and its samplers; once, at import.
void install_cpu_sampling();

}  // namespace isolates::engine
