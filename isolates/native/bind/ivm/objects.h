// What the objects of isolates, contexts, scripts, references and callbacks hold.
#pragma once
#include <memory>
#include <string>

#include "bind/ivm/wrapped.h"
#include "engine/callback.h"
#include "engine/handles.h"

namespace isolates::bind::ivm {

/// Reference and Context::global share it: releasing the context releases its global's objects.
struct HeldReference {
  std::shared_ptr<const engine::Reference> reference;  // null after release()
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

/// What can be released: `Handle` is the engine's, `kName` what it is called.
template <class Handle, const char* const& released>
class Releasable : public Wrapped {
 public:
  Releasable(Isolate& isolate, std::shared_ptr<const Handle> handle)
      : Wrapped(isolate, handle->profile()), handle_(std::move(handle)) {}

  std::variant<Value, Failure> cross() override {
    if (!handle_) return failure();
    return Value(engine::SharedTransferable(handle_));
  }
  /// Throws Failure if it is released.
  const std::shared_ptr<const Handle>& handle() const {
    if (!handle_) throw failure();
    return handle_;
  }
  void release() {
    handle();
    handle_.reset();
  }

 private:
  static Failure failure() { return {engine::Fault::kReleased, released, {}}; }
  std::shared_ptr<const Handle> handle_;
};

inline constexpr const char* kContextReleased = "Context is released";
inline constexpr const char* kScriptReleased = "Script has been released";

class ContextObject final : public Releasable<engine::ContextHandle, kContextReleased> {
 public:
  using Releasable::Releasable;
  const std::shared_ptr<HeldReference>& global() {
    if (!global_) global_ = std::make_shared<HeldReference>(HeldReference{handle()->global()});
    return global_;
  }
  void release() {
    Releasable::release();
    if (global_) global_->reference.reset();
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
  const std::shared_ptr<const engine::Reference>& reference() const {
    if (!held_->reference) throw failure();
    return held_->reference;
  }
  void release() {
    reference();
    held_->reference.reset();
  }
  std::variant<Value, Failure> cross() override {
    if (!held_->reference) return failure();
    return Value(engine::SharedTransferable(held_->reference));
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
      : Wrapped(isolate, callback->profile()), callback_(std::move(callback)) {}
  std::variant<Value, Failure> cross() override { return Value(engine::SharedTransferable(callback_)); }

 private:
  const std::shared_ptr<const engine::Callback> callback_;
};

/// The `ivm` object itself.
class LibraryObject final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  std::variant<Value, Failure> cross() override;
};

}  // namespace isolates::bind::ivm
