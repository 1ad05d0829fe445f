// Reading and writing properties of what a Reference points to.
#pragma once
#include <memory>

#include "engine/convert.h"
#include "engine/reference.h"

namespace isolates::engine {

struct GetOptions {
  bool inherit = false;    // along the prototype chain too
  bool accessors = false;  // getters are called
};

// A key is the property's name; V8 takes "7" for the index 7. None of these runs a getter, a setter or a
// trap, but Get with `accessors`. An object that is a proxy or has one on its prototype chain is refused.

/// The value of an own data property; undefined if there is none.
class GetOperation final : public Operation {
 public:
  GetOperation(std::shared_ptr<const Reference> object, Text key, GetOptions options, Crossing crossing)
      : object_(std::move(object)), key_(std::move(key)), options_(options), crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Reference> object_;
  const Text key_;
  const GetOptions options_;
  const Crossing crossing_;
};

/// Makes it a plain data property. Ends as a bool: false if the object refuses.
class SetOperation final : public Operation {
 public:
  SetOperation(std::shared_ptr<const Reference> object, Text key, Value value)
      : object_(std::move(object)), key_(std::move(key)), value_(std::move(value)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Reference> object_;
  const Text key_;
  const Value value_;
};

/// Ends as a bool: false if the property can't be deleted.
class DeleteOperation final : public Operation {
 public:
  DeleteOperation(std::shared_ptr<const Reference> object, Text key)
      : object_(std::move(object)), key_(std::move(key)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Reference> object_;
  const Text key_;
};

/// The value itself, as `crossing` says.
class ReadOperation final : public Operation {
 public:
  ReadOperation(std::shared_ptr<const Reference> reference, Crossing crossing)
      : reference_(std::move(reference)), crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Reference> reference_;
  const Crossing crossing_;
};

}  // namespace isolates::engine
