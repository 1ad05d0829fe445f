// Calling what a Reference points to.
#pragma once
#include <memory>
#include <vector>

#include "engine/call.h"
#include "engine/convert.h"
#include "engine/reference.h"

namespace isolates::engine {

/// function.call(receiver, ...arguments), in the function's isolate.
class ApplyOperation final : public Operation {
 public:
  ApplyOperation(std::shared_ptr<const Reference> function, Value receiver, std::vector<Value> arguments,
                 Crossing crossing)
      : function_(std::move(function)),
        receiver_(std::move(receiver)),
        arguments_(std::move(arguments)),
        crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Reference> function_;
  const Value receiver_;
  const std::vector<Value> arguments_;
  const Crossing crossing_;
};

struct Application {
  std::shared_ptr<const Reference> function;
  Value receiver;
  std::vector<Value> arguments;
  Crossing crossing;
  RunLimits limits;
};

/// Queues the call; the receiver (which may be empty) is called once, on any thread.
void apply_later(Application application, Call::Receiver receiver);

/// From JavaScript of `caller`, on the thread that runs it. Waits for the result.
Outcome apply_from_inside(Isolate& caller, Application application);

/// The same for a function of the caller's default isolate or of the host, called from another thread. What
/// it returns may be a promise, which is waited for. Meanwhile other threads may make synchronous calls into
/// the caller.
Outcome apply_awaited_from_inside(Isolate& caller, Application application);

}  // namespace isolates::engine
