// What the objects of isolates, contexts, scripts, references and callbacks hold.
#pragma once
#include <memory>
#include <string>

#include "bind/ivm/wrapped.h"
#include "engine/callback.h"
#include "engine/grip.h"
#include "engine/handles.h"
#include "engine/isolate.h"

namespace isolates::bind::ivm {

/// Reference and Context::global share it: releasing the context releases its global's objects.
struct HeldReference {
  HeldReference(Isolate& holder, std::shared_ptr<const engine::Reference> it)
      : reference(std::move(it), holder.weak_from_this()) {}
  engine::GripOn<engine::Reference> reference;
};

class IsolateObject final : public Wrapped {
 public:
  IsolateObject(Isolate& isolate, std::shared_ptr<const engine::IsolateHandle> handle)
      : Wrapped(isolate, handle->profile()), handle_(std::move(handle)) {}
  const std::shared_ptr<Isolate>& isolate() const { return handle_->isolate(); }
  std::variant<Value, Failure> cross() override { return Value(engine::SharedTransferable(handle_)); }

 private:
  const std::shared_ptr<const engine::IsolateHandle> handle_;
};

/// What can be released, by its program or from outside (Isolate.release_references): `Handle` is the
/// engine's, `released` what it says then.
template <class Handle, const char* const& released>
class Releasable : public Wrapped {
 public:
  Releasable(Isolate& isolate, std::shared_ptr<const Handle> handle)
      : Wrapped(isolate, handle->profile()), handle_(std::move(handle), isolate.weak_from_this()) {}

  std::variant<Value, Failure> cross() override {
    auto handle = handle_.get();
    if (!handle) return failure();
    return Value(engine::SharedTransferable(std::move(handle)));
  }
  bool is_released() const { return !handle_.get(); }
  /// Throws Failure if it is released.
  std::shared_ptr<const Handle> handle() const {
    auto handle = handle_.get();
    if (!handle) throw failure();
    return handle;
  }
  void release() {
    if (!handle_.release()) throw failure();
  }

 private:
  static Failure failure() { return {engine::Fault::kReleased, released, {}}; }
  engine::GripOn<Handle> handle_;
};

inline constexpr const char* kContextReleased = "Context is released";
inline constexpr const char* kScriptReleased = "Script has been released";

class ContextObject final : public Releasable<engine::ContextHandle, kContextReleased> {
 public:
  using Releasable::Releasable;
  const std::shared_ptr<HeldReference>& global() {
    if (!global_) global_ = std::make_shared<HeldReference>(isolate_, handle()->global());
    return global_;
  }
  void release() {
    Releasable::release();
    if (global_) global_->reference.release();
  }

 private:
  std::shared_ptr<HeldReference> global_;
};

using ScriptObject = Releasable<engine::ScriptHandle, kScriptReleased>;

class ReferenceObject final : public Wrapped {
 public:
  ReferenceObject(Isolate& isolate, Profile profile, std::string type, std::shared_ptr<HeldReference> held)
      : Wrapped(isolate, profile), type_(std::move(type)), held_(std::move(held)) {}

  const std::string& type() const { return type_; }
  /// Throws Failure if it is released.
  std::shared_ptr<const engine::Reference> reference() const {
    auto reference = held_->reference.get();
    if (!reference) throw failure();
    return reference;
  }
  void release() {
    if (!held_->reference.release()) throw failure();
  }
  std::variant<Value, Failure> cross() override {
    auto reference = held_->reference.get();
    if (!reference) return failure();
    return Value(engine::SharedTransferable(std::move(reference)));
  }

 private:
  static Failure failure() { return {engine::Fault::kReleased, "Reference has been released", {}}; }
  const std::string type_;
  const std::shared_ptr<HeldReference> held_;
};

/// What derefInto returns: used once.
class DereferenceObject final : public Wrapped {
 public:
  DereferenceObject(Isolate& isolate, std::shared_ptr<const engine::Reference> reference)
      : Wrapped(isolate, reference->profile()), reference_(std::move(reference)) {}
  std::variant<Value, Failure> cross() override {
    if (!reference_) {
      return Failure{
          engine::Fault::kTransfer, "The return value of `derefInto()` should only be used once", {}};
    }
    return Value(engine::Dereference{std::move(reference_)});
  }

 private:
  std::shared_ptr<const engine::Reference> reference_;
};

class CallbackObject final : public Wrapped {
 public:
  CallbackObject(Isolate& isolate, std::shared_ptr<const engine::Callback> callback)
      : Wrapped(isolate, callback->profile()), callback_(std::move(callback), isolate.weak_from_this()) {}
  std::variant<Value, Failure> cross() override {
    auto callback = callback_.get();
    if (!callback) return Failure{engine::Fault::kReleased, engine::Callback::kReleased, {}};
    return Value(engine::SharedTransferable(std::move(callback)));
  }

 private:
  const engine::GripOn<engine::Callback> callback_;
};

/// The `ivm` object itself.
class LibraryObject final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  std::variant<Value, Failure> cross() override;
};

}  // namespace isolates::bind::ivm
