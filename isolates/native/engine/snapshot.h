// Making startup snapshots: heaps that new isolates start from.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/outcome.h"
#include "engine/run.h"
#include "engine/script.h"
#include "engine/snapshot_globals.h"
#include "lib/clock.h"

namespace isolates::engine {

class SnapshotBlob;

struct SnapshotRequest {
  std::vector<Source> scripts;  // they own their texts
  std::optional<Source> warmup;
  size_t memory_limit_bytes = 128 << 20;
  int64_t timeout_ns = 0;  // for all of it; 0 is none
};

/// Runs the scripts in an isolate of its own, under limits like any other, and keeps the heap that they
/// leave. With a warm-up script, a second isolate starts from that heap and runs it in a context that is
/// thrown away: functions are compiled for all contexts of an isolate, so the snapshot of an untouched
/// context has them compiled. At last a context is started from the snapshot, since scripts can leave a
/// global object that V8 gives up on.
///
/// `make` once, by one thread; `cancel` by any. The mutex guards what cancel looks at.
class SnapshotMaker {
 public:
  /// How the caller makes its synchronous calls (engine/call.h).
  using CallSync =
      std::function<Outcome(const std::shared_ptr<Isolate>&, std::unique_ptr<Operation>, RunLimits)>;

  SnapshotMaker(SnapshotRequest request, CallSync call)
      : request_(std::move(request)), call_(std::move(call)) {}

  /// Blocks. Ends as Object: shared_ptr<const SnapshotBlob>.
  Outcome make();
  void cancel();

 private:
  using Ask = std::function<Outcome(std::unique_ptr<Operation>)>;

  std::optional<Failure> refuse_lengths() const;
  /// `body` in a new isolate, which is disposed afterwards.
  Outcome in_isolate(std::shared_ptr<const SnapshotBlob> base, bool makes_snapshot,
                     const std::function<Outcome(const Ask&)>& body);
  /// In a new context. Nothing if all went well.
  std::optional<Failure> run(const Ask& ask, const std::vector<Source>& sources, Stacks stacks);
  Outcome build(const std::shared_ptr<const SnapshotBlob>& base, const std::vector<Source>& sources);
  void add_stack(Failure& failure, const std::shared_ptr<const SnapshotBlob>& base,
                 const std::vector<Source>& sources);
  Outcome try_out(const std::shared_ptr<const SnapshotBlob>& blob);

  const SnapshotRequest request_;
  const CallSync call_;
  lib::TimePoint deadline_{};
  std::mutex mutex_;
  std::weak_ptr<Isolate> isolate_;
  bool cancelled_ = false;
};

}  // namespace isolates::engine
