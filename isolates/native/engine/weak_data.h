// C++ data that belongs to an object in an isolate's heap.
#pragma once
#include <memory>

#include "engine/v8_scopes.h"

namespace isolates::engine {

class Isolate;

/// Lives as long as the JavaScript objects that hold its External: deleted after V8 has collected that, or
/// after the heap was destroyed, in both cases outside the isolate and without locks. So its destructor may
/// take the GIL, and must not touch V8.
class WeakData {
 public:
  virtual ~WeakData() = default;
  WeakData(const WeakData&) = delete;
  WeakData& operator=(const WeakData&) = delete;

  /// Inside the isolate: an External for it, to be put into a function's data or an internal field.
  static Local attach(Isolate& isolate, std::unique_ptr<WeakData> data);
  /// The data of such an External.
  template <class T>
  static T& of(Local external) {
    return *static_cast<T*>(static_cast<WeakData*>(v8abi::external_value(external, kTag)));
  }

  /// Nothing can reach it any more. Inside the isolate, perhaps in a collection: no V8, no waiting.
  virtual void abandon() {}
  /// Before the heap goes.
  void forget_object() { v8abi::global_delete(weak_); }

 protected:
  explicit WeakData(Isolate& isolate) : isolate_(isolate) {}
  Isolate& isolate_;

 private:
  static constexpr uint16_t kTag = 0;
  static void on_collected(const v8abi::WeakCallbackInfo& info);
  Local weak_ = nullptr;
};

}  // namespace isolates::engine
