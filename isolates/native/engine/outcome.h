// How a call ends.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include "engine/mark.h"
#include "engine/value.h"

namespace isolates::engine {

class Settlement;

/// The call has returned, its result is a promise that is still to settle.
struct Pending {
  std::shared_ptr<Settlement> settlement;
};

/// Whatever a call returns that is no plain value: made by operations, known to the binding.
using Object = std::shared_ptr<void>;

using Outcome = std::variant<Value, Failure, Pending, Object>;

/// One operation in an isolate: the middle of three phases. It is built at the caller (copy in), `run`
/// runs inside the target, and the binding turns the outcome into a value of the caller's (copy out).
/// Synchronous, asynchronous and ignored calls differ only in who waits (engine/call.h).
class Operation {
 public:
  Operation() : mark_(current_mark()) {}
  virtual ~Operation() = default;

  /// On the thread that has entered `isolate`, its lock held, without the GIL.
  virtual Outcome run(Isolate& isolate) = 0;

  /// What it runs under.
  Mark mark() const { return mark_; }
  void set_mark(Mark mark) { mark_ = mark; }

 private:
  Mark mark_;
};

/// A promise's end as seen from outside. Settled once: by the promise, or because it can't settle any more.
/// Any thread; the listener is called on the settling thread, never with a lock of the engine held.
class Settlement {
 public:
  void settle(Outcome outcome) {
    std::function<void(Outcome)> listener;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      if (settled_) return;
      settled_ = true;
      if (!listener_) {
        outcome_ = std::move(outcome);
        return;
      }
      listener = std::move(listener_);
      listener_ = nullptr;
    }
    listener(std::move(outcome));
  }

  void on_settled(std::function<void(Outcome)> listener) {
    std::optional<Outcome> outcome;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      if (!settled_) {
        listener_ = std::move(listener);
        return;
      }
      outcome = std::move(outcome_);
      outcome_.reset();
    }
    if (outcome) listener(std::move(*outcome));
  }

 private:
  std::mutex mutex_;
  bool settled_ = false;
  std::optional<Outcome> outcome_;
  std::function<void(Outcome)> listener_;
};

}  // namespace isolates::engine
