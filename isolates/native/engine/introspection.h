// Looking at what is in a context without changing it, also while JavaScript runs there.
#pragma once
#include <memory>
#include <mutex>
#include <optional>

#include "engine/call.h"
#include "engine/reference.h"

namespace isolates::engine {

/// One call of a function with two texts, under V8's check that it has no side effects: whatever would change
/// something that is not of the call's own making throws. It is queued like any call (`operation`), and may
/// be run earlier at a safe point of JavaScript that runs (`hurry`); whichever comes first runs it, once.
///
/// It takes 100 ms at most. Ends with what the function returned, copied; Failure (kState) if it threw.
///
/// The mutex guards the outcome; it is a leaf.
class Look : public std::enable_shared_from_this<Look> {
 public:
  Look(std::shared_ptr<const Reference> function, Text name, Text argument)
      : function_(std::move(function)), name_(std::move(name)), argument_(std::move(argument)) {}

  ~Look();
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  std::shared_ptr<Isolate> isolate() const { return function_->isolate(); }
  std::unique_ptr<Operation> operation();
  /// Runs it at the next safe point if JavaScript runs in the isolate. `call` has the operation, and is
  /// queued. Any thread.
  void hurry(const std::shared_ptr<Call>& call);
  /// Inside, before anything runs: for looks that were asked for when nothing did. V8's lock forgets
  /// requests.
  static void hurry_in(Isolate& isolate);

 private:
  friend class LookOperation;
  static void visit(V8Isolate* v8, void*);
  bool run_here(Isolate& isolate);  // false: somebody else has begun
  Outcome run(Isolate& isolate);

  const std::shared_ptr<const Reference> function_;
  const Text name_;
  const Text argument_;
  std::weak_ptr<Call> call_;

  std::mutex mutex_;
  bool begun_ = false;
  std::optional<Outcome> outcome_;
};

/// Defines on `natives` what looks into a context for the prelude. None of it runs code of the user. Inside,
/// in the entered context.
void define_introspection(Isolate& isolate, Local context, Local natives);

}  // namespace isolates::engine
