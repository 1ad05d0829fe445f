// Values of the host that isolates hold by reference.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/outcome.h"

namespace isolates::engine {

/// Implemented by the binding; dropped on any thread. No method throws, or is called with a lock of the
/// engine's own held but that of the isolate that this thread runs.
class HostObject {
 public:
  using Receiver = std::function<void(Outcome)>;

  virtual ~HostObject() = default;
  /// JavaScript's `typeof` for it.
  virtual std::string type() const = 0;
  /// As a function, on this thread. Failure if it is none.
  virtual Outcome call(std::vector<Value> arguments) = 0;
  /// As a function, later, elsewhere, in the order of the calls. What it returns is waited for, if the host
  /// can wait for it. The receiver is called once, on any thread; it may be empty.
  virtual void start(std::vector<Value> arguments, Receiver receiver) = 0;
  /// A copy of the value.
  virtual Outcome copy() = 0;
};

}  // namespace isolates::engine
