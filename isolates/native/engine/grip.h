// What an object of Python or JavaScript holds of a value inside an isolate, so that it can be listed and
// released from elsewhere (references.h).
#pragma once
#include <atomic>
#include <memory>
#include <mutex>

#include "engine/transferable.h"

namespace isolates::engine {

class Isolate;
class Grip;

/// All grips on values of one isolate. They may outlive it.
struct Grips {
  std::mutex mutex;  // a leaf
  Grip* first = nullptr;
};

/// Owned by an object of a face. Released by it, or by whoever releases handles of the isolate, on any
/// thread. Those of the host are released by others with the host's own lock held (the GIL), so the host,
/// which has it, looks at its own without the mutex.
class Grip {
 public:
  enum class Holder : uint8_t { kHost, kIsolate };

  Grip(SharedTransferable held, Holder holder, std::weak_ptr<Isolate> isolate);
  ~Grip() { release(); }
  Grip(const Grip&) = delete;
  Grip& operator=(const Grip&) = delete;

  /// Null after release().
  SharedTransferable get() const;
  /// For the host.
  const Transferable* peek() const { return held_.get(); }
  /// What it had, to be dropped without locks; null if it was released already.
  SharedTransferable release();
  /// It belongs to the host's own machinery: others do not release it.
  void keep() { is_kept_ = true; }

 private:
  friend class GripList;
  SharedTransferable take();  // the mutex is held

  SharedTransferable held_;
  const std::shared_ptr<Grips> grips_;  // null: it holds nothing inside an isolate
  const Holder holder_;
  std::atomic<bool> is_kept_{false};      // of the host's
  const std::weak_ptr<Isolate> isolate_;  // that holds it
  Grip* previous_ = nullptr;
  Grip* next_ = nullptr;
};

/// A grip on a handle of one kind, as a member of a face's object. Empty after release().
template <class T>
class GripOn {
 public:
  GripOn() = default;
  /// The host's.
  GripOn(std::shared_ptr<const T> held) {
    if (held) grip_ = std::make_unique<Grip>(std::move(held), Grip::Holder::kHost, std::weak_ptr<Isolate>());
  }
  /// An isolate's.
  GripOn(std::shared_ptr<const T> held, std::weak_ptr<Isolate> holder)
      : grip_(std::make_unique<Grip>(std::move(held), Grip::Holder::kIsolate, std::move(holder))) {}

  std::shared_ptr<const T> get() const {
    return grip_ ? std::static_pointer_cast<const T>(grip_->get()) : nullptr;
  }
  std::shared_ptr<const T> release() {
    return grip_ ? std::static_pointer_cast<const T>(grip_->release()) : nullptr;
  }
  void keep() {
    if (grip_) grip_->keep();
  }

  // For the host.
  explicit operator bool() const { return grip_ && grip_->peek(); }
  const T* operator->() const { return static_cast<const T*>(grip_->peek()); }
  const T& operator*() const { return *operator->(); }

 private:
  std::unique_ptr<Grip> grip_;
};

}  // namespace isolates::engine
