// Python objects that isolates hold by reference and call.
#pragma once
#include <pybind11/pybind11.h>

#include <atomic>
#include <memory>

#include "engine/host_object.h"

namespace isolates::bind {

/// Keeps the object alive. To be called with the GIL, on the thread whose asyncio loop (if one runs) is to
/// run what the object returns, if that is awaitable.
std::shared_ptr<engine::HostObject> make_host_object(pybind11::object object);

/// The Python object of one that make_host_object has made.
pybind11::object host_object(const engine::HostObject& object);

/// For the time of a synchronous call: the thread's asyncio loop can't run anything. Coroutines that
/// JavaScript starts meanwhile run in the background loop instead.
class Blocking {
 public:
  Blocking() { ++depth(); }
  ~Blocking() { --depth(); }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  using Depth = std::shared_ptr<std::atomic<int>>;
  /// The calling thread's.
  static const Depth& shared_depth();

 private:
  static std::atomic<int>& depth() { return *shared_depth(); }
};

}  // namespace isolates::bind
