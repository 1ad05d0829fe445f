// Callback: a function that becomes a function wherever it goes.
#pragma once
#include <memory>

#include "engine/reference.h"
#include "engine/transferable.h"

namespace isolates::engine {

/// Arguments and results are copied. In an isolate it is a plain function (engine/remote_function.h).
class Callback final : public Transferable {
 public:
  enum class Mode : uint8_t {
    kSync,     // the caller waits for the result
    kAsync,    // the caller gets a promise
    kIgnored,  // the caller gets undefined, and nobody hears of errors
  };

  static constexpr char kReleased[] = "Callback has been released";

  Callback(std::shared_ptr<const Reference> function, Mode mode, Profile profile)
      : Transferable(Kind::kCallback, profile), function_(std::move(function)), mode_(mode) {}

  const std::shared_ptr<const Reference>& function() const { return function_; }
  Mode mode() const { return mode_; }

 private:
  const std::shared_ptr<const Reference> function_;
  const Mode mode_;
};

}  // namespace isolates::engine
