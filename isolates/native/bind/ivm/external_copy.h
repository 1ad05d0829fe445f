// What the objects of ExternalCopy hold.
#pragma once
#include <memory>
#include <optional>

#include "bind/ivm/wrapped.h"
#include "engine/external_copy.h"
#include "engine/held_memory.h"

namespace isolates::bind::ivm {

/// A copy, and what the isolate pays for it.
struct HeldCopy {
  std::shared_ptr<const engine::ExternalCopy> copy;
  std::shared_ptr<engine::HeldMemory> memory;
};

/// Inside. Nothing: it does not fit, even after a collection.
std::optional<HeldCopy> hold_copy(Isolate& isolate, std::shared_ptr<const engine::ExternalCopy> copy);

class HoldsCopy : public Wrapped {
 public:
  HoldsCopy(Isolate& isolate, HeldCopy held)
      : Wrapped(isolate, held.copy->profile()), held_(std::move(held)) {}
  /// What it holds is free at once, or a loop that makes copies would be ahead of those who delete them.
  void abandon() override {
    if (held_.copy && held_.copy->is_plain()) held_ = {};
  }

 protected:
  HeldCopy held_;  // empty when it is released or used
};

class ExternalCopyObject final : public HoldsCopy {
 public:
  using HoldsCopy::HoldsCopy;

  std::variant<Value, Failure> cross() override {
    if (!held_.copy) return released();
    return Value(engine::SharedTransferable(held_.copy));
  }
  /// Throws Failure if it is released.
  const HeldCopy& held() const {
    if (!held_.copy) throw released();
    return held_;
  }
  void release() {
    held();
    held_ = {};
  }

 private:
  static Failure released() { return {engine::Fault::kReleased, "Copy has been released", {}}; }
};

/// An object for a copy. Empty: it does not fit, or V8 refuses.
Local copy_object(Isolate& isolate, Local context, std::shared_ptr<const engine::ExternalCopy> copy);

/// What copyInto returns: used once.
class CopyIntoObject final : public HoldsCopy {
 public:
  CopyIntoObject(Isolate& isolate, HeldCopy held, bool transfer_in)
      : HoldsCopy(isolate, std::move(held)), transfer_in_(transfer_in) {}
  std::variant<Value, Failure> cross() override {
    if (!held_.copy) {
      return Failure{
          engine::Fault::kTransfer, "The return value of `copyInto()` should only be used once", {}};
    }
    held_.memory.reset();
    return Value(engine::CopyInto{std::move(held_.copy), transfer_in_});
  }

 private:
  const bool transfer_in_;
};

}  // namespace isolates::bind::ivm
