// One debugger's connection to an isolate.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "engine/v8_abi_inspector.h"
#include "engine/value.h"

namespace isolates::engine {

class HeldMemory;
class Isolate;

/// What the inspector says: the answer to a message with an id, or news.
struct InspectorMessage {
  bool is_response;
  int call_id;  // of a response
  Text json;
  // What it takes of its connection's room: until its receiver has dropped it.
  std::shared_ptr<void> room = nullptr;
};

/// The inspector's end of a session. Owned by the inspector while connected, and by the session. V8 writes to
/// it on the thread that is inside; the receiver is called on a thread of the pool, one message after the
/// other, without any lock; who hears it later than that keeps a copy of the message until then. The mutex
/// guards the messages that are on their way.
class InspectorConnection final : public v8abi::InspectorChannel,
                                  public std::enable_shared_from_this<InspectorConnection> {
 public:
  using Receiver = std::function<void(const InspectorMessage&)>;
  explicit InspectorConnection(Receiver receiver) : receiver_(std::move(receiver)) {}

  /// Nothing is received from now on, but what the receiver is being told. Any thread.
  void close();
  bool is_closed() const;
  /// The isolate is gone: says so to the receiver.
  void end();

  void sendResponse(int call_id, v8abi::StringBuffer* message) override;
  void sendNotification(v8abi::StringBuffer* message) override;
  void flushProtocolNotifications() override {}

  // Inside (inspector.cpp)
  v8abi::InspectorSession* v8 = nullptr;
  int dispatch_depth = 0;  // V8 is in this many messages: it must not be deleted

 private:
  void send(InspectorMessage message);
  void push(InspectorMessage message);  // with the mutex
  void wait_for_room(std::unique_lock<std::mutex>& guard);
  void give_back(size_t bytes);
  void deliver();

  mutable std::mutex mutex_;
  std::condition_variable delivered_;
  Receiver receiver_;
  std::deque<InspectorMessage> messages_;
  size_t bytes_ = 0;
  uint64_t delivery_count_ = 0;
  bool delivering_ = false;
  bool closed_ = false;
};

/// Owned by its user; keeps the isolate alive. Dropping it disposes it. Any thread may call any function;
/// none of them waits for the isolate.
class InspectorSession {
 public:
  /// Failure (kState) if the isolate was made without an inspector, (kDisposed) if it is disposed.
  static std::shared_ptr<InspectorSession> make(std::shared_ptr<Isolate> isolate,
                                                InspectorConnection::Receiver receiver);
  ~InspectorSession() { dispose(); }
  InspectorSession(const InspectorSession&) = delete;
  InspectorSession& operator=(const InspectorSession&) = delete;

  /// Queues a message. Failure (kReleased, kDisposed) if that is in vain.
  /// `held`: what it counts for its sender until it is handled.
  void dispatch(const TextView& json, std::shared_ptr<HeldMemory> held = nullptr);
  /// Ends the session. A pause ends with the last one.
  void dispose();
  bool is_disposed() const { return connection_->is_closed(); }

 private:
  InspectorSession(std::shared_ptr<Isolate> isolate, std::shared_ptr<InspectorConnection> connection)
      : isolate_(std::move(isolate)), connection_(std::move(connection)) {}

  const std::shared_ptr<Isolate> isolate_;
  const std::shared_ptr<InspectorConnection> connection_;
};

}  // namespace isolates::engine
