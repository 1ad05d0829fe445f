// Calls that JavaScript of one isolate makes into another one.
#pragma once
#include <functional>
#include <memory>

#include "engine/call.h"

namespace isolates::engine {

/// Runs `operation` in `target` and waits for its end, on the thread that runs `caller`.
///
/// A thread of the pool that runs an asynchronous call of an isolate that JavaScript has made may wait for
/// the default isolate (the one whose JavaScript has made the others) only, and lends its own isolate to
/// others while it does. All other threads take the target's lock. So the default isolate's thread is the
/// only one that waits for locks while it holds some, and nobody who holds one waits for it: no deadlock.
/// Where several threads of the host make synchronous calls, cycles are possible; Call finds and refuses
/// them.
Outcome call_from_inside(Isolate& caller, const std::shared_ptr<Isolate>& target,
                         std::unique_ptr<Operation> operation, RunLimits limits);

/// What is waited for: the call, to be cancelled when the waiting ends without it, or null.
using Start = std::function<std::shared_ptr<Call>(Call::Receiver)>;

/// Starts something and waits until its receiver is called, `caller` is stopped, or time is up. All isolates
/// that the thread is inside of are lent to others meanwhile.
Outcome wait_from_inside(Isolate& caller, RunLimits limits, const Start& start);

}  // namespace isolates::engine
