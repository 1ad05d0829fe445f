// Looking at what is in a context without changing it, also while JavaScript runs there.
#pragma once
#include <memory>

#include "engine/hurried.h"
#include "engine/reference.h"

namespace isolates::engine {

/// One call of a function with two texts, under V8's check that it has no side effects: whatever would change
/// something that is not of the call's own making throws.
///
/// It takes 100 ms at most. Ends with what the function returned, copied; Failure (kState) if it threw.
class Look final : public Hurried {
 public:
  Look(std::shared_ptr<const Reference> function, Text name, Text argument)
      : function_(std::move(function)), name_(std::move(name)), argument_(std::move(argument)) {}

  std::shared_ptr<Isolate> isolate() const override { return function_->isolate(); }

 private:
  Outcome run(Isolate& isolate) override;

  const std::shared_ptr<const Reference> function_;
  const Text name_;
  const Text argument_;
};

/// Defines on `natives` what looks into a context for the prelude. None of it runs code of the user. Inside,
/// in the entered context.
void define_introspection(Isolate& isolate, Local context, Local natives);

}  // namespace isolates::engine
