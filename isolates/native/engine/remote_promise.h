// A promise in an isolate that is settled from outside.
#pragma once
#include <memory>

#include "engine/activity.h"
#include "engine/outcome.h"
#include "engine/remote_handle.h"

namespace isolates::engine {

/// For an asynchronous call that JavaScript makes: keeps its isolate alive until it is settled. `settle` may
/// be called on any thread, once; the promise is settled by a task in the isolate's queue.
class RemotePromise : public std::enable_shared_from_this<RemotePromise> {
 public:
  /// Makes the value of an outcome that is an Object; inside the isolate. Empty if V8 refuses.
  using Convert = Local (*)(Isolate& isolate, Local context, const Object& object);

  /// Inside the isolate, in an entered context. Null if V8 refuses.
  static std::shared_ptr<RemotePromise> make(Isolate& isolate, Local context, Convert convert = nullptr);

  /// Inside the isolate.
  Local promise() const;
  /// Values become those of JavaScript; a failure becomes an Error whose stack goes on with the one where
  /// the call was made.
  void settle(Outcome outcome);

 private:
  class SettleOperation;
  RemotePromise(Isolate& isolate, Local context, Local resolver, Local caller, Convert convert);

  RemoteHandle context_;
  RemoteHandle resolver_;
  RemoteHandle caller_;  // an Error made where the call was: V8 writes its stack when it is asked for
  const Convert convert_;
  const Mark mark_;           // of the JavaScript that has called
  Activity::Token activity_;  // until it is settled
};

}  // namespace isolates::engine
