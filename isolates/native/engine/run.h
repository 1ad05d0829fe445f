// One stretch of JavaScript in an isolate, and what may stop it.
#pragma once
#include <cstdint>
#include <memory>

#include "engine/value.h"
#include "lib/thread_pool.h"
#include "lib/timer.h"

namespace isolates::engine {

class Call;
class Isolate;

struct RunLimits {
  int64_t timeout_ns = 0;  // 0 is none
};

/// A run, as others refer to it.
struct RunOf {
  std::weak_ptr<Isolate> isolate;
  uint64_t id = 0;  // 0: none
};

/// Lives on the stack of the thread that runs it, linked from its isolate (innermost first) and guarded by
/// the isolate's state mutex. A run inside another one of the same isolate comes from a host function
/// that called back in.
struct Run {
  Run* outer = nullptr;
  uint64_t id = 0;
  bool is_asynchronous = false;  // nobody waits for it (nested_call.h)
  bool stopped = false;
  Fault why = Fault::kTerminated;  // valid if stopped
  std::shared_ptr<Thrown> where;   // the stack where it was stopped, if it could be told
  lib::Timer::Id deadline = 0;
  lib::TimePoint deadline_at{};
  bool is_over = false;        // its time: where it is, is being noted
  int64_t remaining_ns = 0;    // while the clock pauses; may be less than nothing
  int paused_by = 0;           // the how manieth pause has stopped it; 0: it goes
  int outside = 0;             // Isolate::Outsides that its code is in: the heap is at rest
  RunOf nested;                // what its thread runs in another isolate on its behalf: is stopped with it
  std::shared_ptr<Call> call;  // who is told when it is given up; null: the caller's
  std::shared_ptr<lib::ThreadPool::Worker> worker;  // own thread runs it, which can't be given up
};

}  // namespace isolates::engine
