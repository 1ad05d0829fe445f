// What is under way in an isolate and in those that its JavaScript has made.
#pragma once
#include <functional>
#include <memory>
#include <mutex>

namespace isolates::engine {

/// Counts calls that are queued or run and promises of theirs that are not settled, so that an event loop
/// knows when nothing can happen any more. Shared by an isolate's family. Any thread.
class Activity : public std::enable_shared_from_this<Activity> {
 public:
  /// One thing that is under way, for its lifetime.
  class Token {
   public:
    Token() = default;
    explicit Token(std::shared_ptr<Activity> activity) : activity_(std::move(activity)) {
      if (activity_) activity_->begin();
    }
    ~Token() { reset(); }
    Token(Token&& other) noexcept : activity_(std::move(other.activity_)) {}
    Token& operator=(Token&& other) noexcept {
      reset();
      activity_ = std::move(other.activity_);
      return *this;
    }
    void reset() {
      if (auto activity = std::move(activity_)) activity->end();
    }

   private:
    std::shared_ptr<Activity> activity_;
  };

  int count() const {
    std::lock_guard<std::mutex> guard(mutex_);
    return count_;
  }
  /// Called when the count falls to 0, on any thread, without locks of the engine but perhaps inside an
  /// isolate: it must not wait.
  void set_listener(std::function<void()> listener) {
    std::lock_guard<std::mutex> guard(mutex_);
    listener_ = std::make_shared<const std::function<void()>>(std::move(listener));
  }

 private:
  void begin() {
    std::lock_guard<std::mutex> guard(mutex_);
    ++count_;
  }
  void end() {
    std::shared_ptr<const std::function<void()>> listener;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      if (--count_ != 0) return;
      listener = listener_;
    }
    if (listener) (*listener)();
  }

  mutable std::mutex mutex_;
  int count_ = 0;
  std::shared_ptr<const std::function<void()>> listener_;
};

}  // namespace isolates::engine
