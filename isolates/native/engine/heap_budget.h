// All isolates of a process share V8's 4 GB heap cage; this keeps them from filling it.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace isolates::engine {

class Isolate;

/// V8 aborts the process when the cage is full, also when the heaps in it are small. So isolates report
/// what their heap occupies after each collection; a new one is refused while too little is free, and
/// the largest one that runs is stopped before the rest is used up. What isolates use counts, not their
/// limits. Any thread; may call Isolate::die-like stops, which take that isolate's state mutex.
class HeapBudget {
 public:
  static constexpr size_t kAdmitBytes = size_t{2600} << 20;  // of 4096 MB: young generations and evacuation
  static constexpr size_t kStopBytes = size_t{2900} << 20;   // need room that no figure shows beforehand
  static constexpr size_t kNewIsolateBytes = 4 << 20;

  static HeapBudget& instance();

  /// Room for one more isolate, counted at once; may wait for disposed ones to go. False: refuse it.
  bool admit(Isolate* isolate);
  /// On the thread inside `isolate`; may wait for others to end.
  void report(Isolate* isolate, size_t heap_bytes);
  void remove(Isolate* isolate);
  /// Keeps counting what an isolate holds that is lost and never freed.
  void keep_as_leaked(Isolate* isolate);
  size_t used_bytes() const;
  /// Those that are alive right now.
  std::vector<std::shared_ptr<Isolate>> isolates() const;

 private:
  // With the mutex held:
  size_t staying_bytes() const;  // without what is on its way out
  std::vector<std::shared_ptr<Isolate>> choose_victims();

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::unordered_map<Isolate*, size_t> isolates_;
  size_t used_ = 0;
};

}  // namespace isolates::engine
