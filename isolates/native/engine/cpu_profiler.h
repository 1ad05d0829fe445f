// CPU profiles: where the time of an isolate goes.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/cpu_sampling.h"
#include "engine/outcome.h"
#include "engine/v8_abi_profiler.h"
#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

/// A finished profile, free of V8: the tree of functions and the samples, on V8's clock.
struct CpuProfile {
  struct Node {
    unsigned id;
    size_t parent;           // index; the root is its own
    std::string call_frame;  // JSON, as all here UTF-8
    std::string position_ticks;
  };
  struct Sample {
    size_t node;
    int64_t time_us;
  };
  struct Part {
    int64_t thread_id;
    std::string json;
  };
  int64_t begin_us;
  int64_t end_us;
  std::vector<Node> nodes;  // parents first
  std::vector<Sample> samples;
  std::vector<Activation> activations;

  static CpuProfile of(const v8abi::CpuProfile* profile);
  /// In the format of .cpuprofile files.
  std::string json() const { return json_of(begin_us, end_us); }
  /// One for each activation that has a sample.
  std::vector<Part> parts() const;

 private:
  std::string json_of(int64_t begin_us, int64_t end_us) const;
};

/// The profiles that are being taken in one isolate, by title. Part of the isolate; inside only, but for
/// `request`.
class CpuProfiler {
 public:
  /// Any thread: a profile is to begin when the isolate is next entered. Failure if there are too many. The
  /// mutex guards what was requested.
  void request(const std::string& title, int interval_us);
  void begin_requested(V8Isolate* isolate) {
    if (has_requests_.load(std::memory_order_acquire)) begin_all_requested(isolate);
  }
  bool is_running() const { return !running_.empty(); }
  /// Nothing happens if there is one of this title, as upstream.
  void start(V8Isolate* isolate, const std::string& title, int interval_us);
  /// Nothing if there is none of this title.
  std::optional<CpuProfile> stop(V8Isolate* isolate, const std::string& title, const CpuSampling& sampling);
  /// Stops all; the heap is about to be destroyed.
  void close(V8Isolate* isolate);

 private:
  struct Request {
    std::string title;
    int interval_us;
  };
  void begin_all_requested(V8Isolate* isolate);

  std::map<std::string, v8abi::CpuProfiler*> running_;
  std::mutex mutex_;
  std::vector<Request> requests_;
  std::set<std::string> titles_;  // that were requested and are not stopped
  std::atomic<bool> has_requests_{false};
};

/// Begins a profile without waiting for the isolate: at the next safe point of JavaScript that runs, else
/// when it is next entered. Any thread.
void start_cpu_profile(Isolate& isolate, const std::string& title, int interval_us);
inline constexpr int kDefaultSamplingIntervalUs = 1000;

/// Ends as Object: shared_ptr<CpuProfile>.
class StopCpuProfileOperation final : public Operation {
 public:
  explicit StopCpuProfileOperation(std::string title) : title_(std::move(title)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::string title_;
};

}  // namespace isolates::engine
