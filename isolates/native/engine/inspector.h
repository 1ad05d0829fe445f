// V8's inspector in one isolate: contexts that can be debugged, sessions, and the pause at a breakpoint.
#pragma once
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/inspector_session.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

class HeldMemory;
class RemoteHandle;

/// Owned by its isolate, which was made with `inspector`. V8's part is made at the first use inside and
/// deleted before the heap (`close`); after V8 has given up in the isolate it is never touched again.
///
/// Messages are queued by any thread and handed to V8 by the thread inside: at a safe point of JavaScript
/// that runs, in the pause if it is paused, or by a queued call. Whichever comes first takes all that wait.
///
/// The mutex guards the queue and what the pause waits for; it is a leaf (the isolate's state mutex may be
/// held when it is taken), and V8 is never called with it.
class Inspector final : public v8abi::InspectorClient {
 public:
  struct Message {
    enum class Kind { kConnect, kDispatch, kDisconnect };
    Kind kind;
    std::shared_ptr<InspectorConnection> connection;
    Text json;
    std::shared_ptr<HeldMemory> held;  // by the JavaScript that sends it
  };

  explicit Inspector(Isolate& isolate) : isolate_(isolate) {}
  ~Inspector() override;
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  // Any thread
  void post(Message message);
  /// What runs is being stopped: a pause must end.
  void wake();
  /// Calls `check` in the pause, if there is one that waits (see Isolate::request_check).
  bool check_in_pause(bool (*check)());

  // Inside
  /// A context that can be debugged from now on, until the last copy of what is returned is gone.
  std::shared_ptr<RemoteHandle> announce(std::shared_ptr<RemoteHandle> context);
  void forget(Local context);
  /// Hands V8 all messages that wait.
  void drain();
  /// Ends all sessions; the heap is about to be destroyed.
  void close();
  /// V8 gave up: its objects are left as they are.
  void abandon();

  // Of V8
  void runMessageLoopOnPause(int group) override;
  void runMessageLoopOnInstrumentationPause(int group) override { runMessageLoopOnPause(group); }
  void quitMessageLoopOnPause() override;
  Local ensureDefaultContextInGroup(int group) override;
  double currentTimeMS() override;

 private:
  v8abi::Inspector* v8_inspector();
  bool take_next();
  void handle_taken();
  void handle(Message& message);
  void dispatch(InspectorConnection& connection, const Text& json);
  void disconnect(const std::shared_ptr<InspectorConnection>& connection);
  bool wait_in_pause();

  Isolate& isolate_;

  // Inside
  v8abi::Inspector* v8_ = nullptr;
  bool closed_ = false;
  int context_count_ = 0;
  std::vector<int> contexts_;  // V8's ids, oldest first
  std::vector<std::shared_ptr<InspectorConnection>> connections_;
  std::list<Message> taken_;  // in V8's hands, innermost last: a jump out of V8 destroys no frame of ours

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> messages_;
  bool drain_posted_ = false;
  bool waiting_ = false;  // in the pause
  bool quit_ = false;
  bool woken_ = false;
  bool (*check_)() = nullptr;
};

}  // namespace isolates::engine
