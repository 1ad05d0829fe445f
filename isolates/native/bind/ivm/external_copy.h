// What the objects of ExternalCopy hold.
#pragma once
#include <memory>

#include "bind/ivm/objects.h"
#include "engine/external_copy.h"

namespace isolates::bind::ivm {

inline constexpr const char* kCopyReleased = "Copy has been released";

using ExternalCopyObject = Releasable<engine::ExternalCopy, kCopyReleased>;

/// What copyInto returns: used once.
class CopyIntoObject final : public Wrapped {
 public:
  CopyIntoObject(Isolate& isolate, std::shared_ptr<const engine::ExternalCopy> copy, bool transfer_in)
      : Wrapped(isolate, copy->profile()), copy_(std::move(copy)), transfer_in_(transfer_in) {}
  std::variant<Value, Failure> cross() override {
    if (!copy_) {
      return Failure{
          engine::Fault::kTransfer, "The return value of `copyInto()` should only be used once", {}};
    }
    return Value(engine::CopyInto{std::move(copy_), transfer_in_});
  }

 private:
  std::shared_ptr<const engine::ExternalCopy> copy_;
  const bool transfer_in_;
};

}  // namespace isolates::bind::ivm
