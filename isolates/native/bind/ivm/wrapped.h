// What an object of the `ivm` API holds.
#pragma once
#include <memory>
#include <optional>
#include <variant>

#include "engine/value.h"
#include "engine/weak_data.h"

namespace isolates::bind::ivm {

using engine::Failure;
using engine::Isolate;
using engine::Profile;
using engine::Value;
using v8abi::Local;

/// In an object's internal field; deleted when the object is collected or its heap destroyed. Touched inside
/// its isolate only.
class Wrapped : public engine::WeakData {
 public:
  Wrapped(Isolate& isolate, Profile profile) : WeakData(isolate), profile_(profile) {}

  Profile profile() const { return profile_; }
  /// What the object is when it goes elsewhere; Failure if it is released, used up, or does not go anywhere.
  virtual std::variant<Value, Failure> cross() = 0;

  /// The data of an object of the API, or null.
  static Wrapped* of(Local object);

 private:
  const Profile profile_;
};

}  // namespace isolates::bind::ivm
