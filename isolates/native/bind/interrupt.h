// Ctrl-C while the main thread is in JavaScript or waits for it.
#pragma once
#include <functional>
#include <memory>

namespace isolates::engine {
class Isolate;
}

namespace isolates::bind {

/// Around a synchronous call, without the GIL. On the main thread, a signal that Python has a handler for is
/// seen within about 50 ms: while JavaScript runs, V8 calls us back at a safe point; while the thread waits,
/// `look()` asks. On other threads both do nothing. A handler that raises ends the call.
class Interruptible {
 public:
  explicit Interruptible(const std::shared_ptr<engine::Isolate>& isolate);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  /// For the engine's waits; empty on other threads than the main one.
  const std::function<bool()>& look() const;

 private:
  const bool active_;
  std::weak_ptr<engine::Isolate> outer_;
};

/// With the GIL: keeps the exception that is set, for the call that it is about to end.
void keep_exception();

/// With the GIL: raises the kept exception, or KeyboardInterrupt if there is none.
void raise_kept_exception();

}  // namespace isolates::bind
