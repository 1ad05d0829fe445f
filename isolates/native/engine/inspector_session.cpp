#include "engine/inspector_session.h"

#include <algorithm>
#include <chrono>

#include "engine/entry.h"
#include "engine/held_memory.h"
#include "engine/inspector.h"
#include "engine/isolate.h"
#include "lib/thread_pool.h"

namespace isolates::engine {
namespace {

// What may be on its way to a receiver that is slower than the JavaScript that talks to it.
constexpr size_t kMostBytes = 32 << 20;
constexpr auto kLook = std::chrono::milliseconds(50);
// The receiver may itself be waiting for the isolate: then nothing moves until this is over.
constexpr int kLooksWithoutDelivery = 40;

Text take_text(v8abi::StringBuffer* buffer) {
  std::unique_ptr<v8abi::StringBuffer> owned(buffer);
  v8abi::StringView view = buffer->string();
  return TextView(view.characters, view.length, !view.is_one_byte).to_text();
}

/// V8 reads JSON of one byte a character as UTF-8, but a Text is Latin-1.
Text readable_json(const TextView& json) {
  auto* bytes = static_cast<const unsigned char*>(json.data);
  auto is_ascii = [](unsigned char byte) { return byte < 0x80; };
  if (json.two_byte || std::all_of(bytes, bytes + json.length, is_ascii)) return json.to_text();
  std::u16string wide(bytes, bytes + json.length);
  return TextView(wide.data(), wide.size(), true).to_text();
}

}  // namespace

void InspectorConnection::close() {
  std::deque<InspectorMessage> messages;
  Receiver receiver;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    closed_ = true;
    messages.swap(messages_);
    bytes_ = 0;
    receiver = receiver_;  // dropped without the mutex: it may take the GIL
    receiver_ = nullptr;
  }
  delivered_.notify_all();
}

bool InspectorConnection::is_closed() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return closed_;
}

void InspectorConnection::end() {
  std::lock_guard<std::mutex> guard(mutex_);
  push({false, 0, Text::latin1(R"({"method":"Inspector.detached","params":{"reason":"target_closed"}})")});
}

void InspectorConnection::sendResponse(int call_id, v8abi::StringBuffer* message) {
  send({true, call_id, take_text(message)});
}

void InspectorConnection::sendNotification(v8abi::StringBuffer* message) {
  send({false, 0, take_text(message)});
}

void InspectorConnection::send(InspectorMessage message) {
  std::unique_lock<std::mutex> guard(mutex_);
  wait_for_room(guard);
  push(std::move(message));
}

void InspectorConnection::push(InspectorMessage message) {
  if (closed_) return;
  size_t bytes = kCallBytes + message.json.units.size();
  bytes_ += bytes;
  message.room = std::shared_ptr<void>(nullptr, [weak = weak_from_this(), bytes](void*) {
    if (auto self = weak.lock()) self->give_back(bytes);
  });
  messages_.push_back(std::move(message));
  if (delivering_) return;
  delivering_ = true;
  lib::ThreadPool::instance().post_aside([self = shared_from_this()] { self->deliver(); });
}

/// Holds JavaScript up that talks faster than it is listened to, rather than all of the memory.
void InspectorConnection::wait_for_room(std::unique_lock<std::mutex>& guard) {
  if (bytes_ < kMostBytes || closed_) return;
  guard.unlock();
  Isolate& isolate = Entry::innermost()->isolate();
  {
    Isolate::Outside outside(isolate);
    guard.lock();
    uint64_t seen = delivery_count_;
    for (int looks = 0; bytes_ >= kMostBytes && !closed_ && looks < kLooksWithoutDelivery; ++looks) {
      delivered_.wait_for(guard, kLook);
      if (seen != delivery_count_) looks = 0;
      seen = delivery_count_;
      guard.unlock();
      bool stopped = isolate.is_being_stopped();
      guard.lock();
      if (stopped) break;
    }
    guard.unlock();
  }
  guard.lock();
}

void InspectorConnection::give_back(size_t bytes) {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    bytes_ -= std::min(bytes_, bytes);
    ++delivery_count_;
  }
  delivered_.notify_all();
}

void InspectorConnection::deliver() {
  std::unique_lock<std::mutex> guard(mutex_);
  while (!messages_.empty() && !closed_) {
    {
      InspectorMessage message = std::move(messages_.front());
      messages_.pop_front();
      Receiver receiver = receiver_;
      guard.unlock();
      receiver(message);
    }
    guard.lock();
  }
  delivering_ = false;
}

std::shared_ptr<InspectorSession> InspectorSession::make(std::shared_ptr<Isolate> isolate,
                                                         InspectorConnection::Receiver receiver) {
  if (isolate->is_disposed()) throw isolate->refusal();
  Inspector* inspector = isolate->inspector();
  if (!inspector) throw Failure{Fault::kState, "Inspector is not enabled for this isolate", {}};
  auto connection = std::make_shared<InspectorConnection>(std::move(receiver));
  inspector->post({Inspector::Message::Kind::kConnect, connection, {}, {}});
  return std::shared_ptr<InspectorSession>(new InspectorSession(std::move(isolate), std::move(connection)));
}

void InspectorSession::dispatch(const TextView& json, std::shared_ptr<HeldMemory> held) {
  if (connection_->is_closed()) throw Failure{Fault::kReleased, "Session is dead", {}};
  if (isolate_->is_disposed()) throw isolate_->refusal();
  isolate_->inspector()->post(
      {Inspector::Message::Kind::kDispatch, connection_, readable_json(json), std::move(held)});
}

void InspectorSession::dispose() {
  if (connection_->is_closed()) return;
  connection_->close();
  isolate_->inspector()->post({Inspector::Message::Kind::kDisconnect, connection_, {}, {}});
}

}  // namespace isolates::engine
