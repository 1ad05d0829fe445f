// How an asynchronous call ended, until Python asks.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/call.h"
#include "engine/outcome.h"

namespace isolates::bind {

/// Shared by the engine's call, which ends it, and the Future, which shows it. The thread that ends a call
/// never takes the GIL for it: the outcome stays here, as the engine's data, until a thread that has the GIL
/// anyway turns it into an object (bind/future.cpp). Taking it for each call would make the pool wait for
/// whatever runs in Python, up to its switch interval of 5 ms.
///
/// `mutex_` is a leaf: nobody is told and nothing of Python's or the engine's is dropped while it is held. So
/// it may be taken with the GIL.
class Ending {
 public:
  enum class State : uint8_t { kPending, kEnded, kCancelled };
  /// Called once, at the end, without the GIL and without locks, on the thread that ends the call.
  using Tell = std::function<void()>;
  using WatchId = uint64_t;

  /// Before the call is queued.
  void set_call(std::shared_ptr<engine::Call> call) { call_ = std::move(call); }

  /// By the engine, once. The first of `end` and `cancel` wins.
  void end(engine::Outcome outcome);
  /// Ends it as cancelled and stops the call, unless it has ended. True if it is cancelled now. Without the
  /// GIL.
  bool cancel();

  State state() const { return state_.load(std::memory_order_acquire); }
  bool is_pending() const { return state() == State::kPending; }

  /// 0, and `tell` is never called, if it is over.
  WatchId watch(Tell tell);
  void unwatch(WatchId id);

  /// Of an ended one; does not change until forget_outcome().
  const engine::Outcome& outcome() const { return outcome_; }
  /// Frees what nobody will ask for again. The GIL serialises it with those who read.
  void forget_outcome() { outcome_ = engine::Value(engine::Undefined{}); }

 private:
  bool become(State state, engine::Outcome outcome);

  std::atomic<State> state_{State::kPending};  // written with the mutex
  engine::Outcome outcome_;                    // written before the state becomes kEnded
  std::mutex mutex_;
  std::shared_ptr<engine::Call> call_;  // until the end, or a future that is kept would keep the arguments
  std::vector<std::pair<WatchId, Tell>> watchers_;
  WatchId last_watch_ = 0;
};

}  // namespace isolates::bind
