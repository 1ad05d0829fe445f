#include "engine/inspector.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "engine/call.h"
#include "engine/entry.h"
#include "engine/isolate.h"
#include "engine/remote_handle.h"
#include "engine/stoppable_scope.h"
#include "engine/vtable_patch.h"
#include "lib/timer.h"

namespace isolates::engine {
namespace {

constexpr int kGroup = 1;  // all contexts of an isolate are one group, as upstream

v8abi::StringView to_v8(const TextView& text) { return {!text.two_byte, text.length, text.data}; }

class DrainOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override {
    isolate.inspector()->drain();
    return Value(Undefined{});
  }
};

class ForgetContextOperation final : public Operation {
 public:
  explicit ForgetContextOperation(std::shared_ptr<RemoteHandle> context) : context_(std::move(context)) {}
  Outcome run(Isolate& isolate) override {
    isolate.inspector()->forget(context_->local());
    return Value(Undefined{});
  }

 private:
  const std::shared_ptr<RemoteHandle> context_;
};

void drain_here(V8Isolate*, void*) {
  Isolate& isolate = Entry::innermost()->isolate();
  // What is being stopped shall stop; the queued call takes the messages.
  if (!isolate.is_being_stopped()) isolate.inspector()->drain();
}

// --- Timeouts of Runtime.evaluate ---
// V8 posts them to a worker thread of the platform; mini-racer's has none, and would crash.

using PostDelayed = void (*)(void* platform, int priority, v8abi::Task* task, double delay_s, const void*);
PostDelayed original_post_delayed;

void post_delayed(void* platform, int priority, v8abi::Task* task, double delay_s, const void* location) {
  Entry* entry = Entry::innermost();
  if (!entry) return original_post_delayed(platform, priority, task, delay_s, location);
  auto delay = std::chrono::duration_cast<lib::SteadyClock::duration>(std::chrono::duration<double>(delay_s));
  auto owned = std::shared_ptr<v8abi::Task>(task);
  lib::Timer::instance().schedule(lib::SteadyClock::now() + delay,
                                  [weak = entry->isolate().weak_from_this(), owned] {
                                    auto isolate = weak.lock();
                                    if (isolate) isolate->with_heap([&](V8Isolate*) { owned->Run(); });
                                  });
}

void install_delayed_tasks() {
  auto& patch = *new VtablePatch<v8abi::kPlatformVtableSlots>(v8abi::current_platform());
  original_post_delayed = patch.replace<PostDelayed>(v8abi::kPostDelayedTaskOnWorkerThreadSlot, post_delayed);
  patch.install();
}

}  // namespace

Inspector::~Inspector() = default;

// --- Any thread ---

void Inspector::post(Message message) {
  bool post_drain;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    messages_.push_back(std::move(message));
    post_drain = !drain_posted_;
    drain_posted_ = true;
    changed_.notify_all();
    if (waiting_ && !post_drain) return;
  }
  isolate_.request_visit(drain_here, nullptr);
  // For when nothing runs, or nothing reaches a safe point, or the pause ends before it sees the message.
  if (post_drain) {
    isolate_.post(std::make_shared<Call>(isolate_.shared_from_this(), std::make_unique<DrainOperation>(),
                                         RunLimits{}, nullptr));
  }
}

void Inspector::wake() {
  std::lock_guard<std::mutex> guard(mutex_);
  woken_ = true;
  changed_.notify_all();
}

bool Inspector::check_in_pause(bool (*check)()) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (!waiting_) return false;
  check_ = check;
  changed_.notify_all();
  return true;
}

// --- Inside ---

v8abi::Inspector* Inspector::v8_inspector() {
  if (v8_ || closed_) return v8_;
  static std::once_flag once;
  std::call_once(once, install_delayed_tasks);
  v8_ = static_cast<v8abi::Inspector*>(v8abi::inspector_create(isolate_.v8(), this).object);
  return v8_;
}

std::shared_ptr<RemoteHandle> Inspector::announce(std::shared_ptr<RemoteHandle> context) {
  v8abi::Inspector* v8 = v8_inspector();
  if (!v8) return context;
  Text name = Text::latin1("context " + std::to_string(++context_count_));
  v8abi::inspector_context_created(v8, {context->local(), kGroup, to_v8(name), {}, {}, false});
  contexts_.push_back(v8abi::inspector_context_id(context->local()));
  RemoteHandle* handle = context.get();
  return {handle, [context = std::move(context)](RemoteHandle*) mutable {
            auto isolate = context->isolate();
            auto operation = std::make_unique<ForgetContextOperation>(std::move(context));
            isolate->post(std::make_shared<Call>(isolate, std::move(operation), RunLimits{}, nullptr));
          }};
}

void Inspector::forget(Local context) {
  if (!v8_) return;
  int id = v8abi::inspector_context_id(context);
  contexts_.erase(std::remove(contexts_.begin(), contexts_.end(), id), contexts_.end());
  v8abi::inspector_context_destroyed(v8_, context);
}

void Inspector::drain() {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    drain_posted_ = false;
  }
  while (take_next()) handle_taken();
}

bool Inspector::take_next() {
  std::lock_guard<std::mutex> guard(mutex_);
  if (messages_.empty()) return false;
  taken_.push_back(std::move(messages_.front()));
  messages_.pop_front();
  return true;
}

void Inspector::handle_taken() {
  HandleScope handles(isolate_.v8());
  handle(taken_.back());
  taken_.pop_back();
}

void Inspector::handle(Message& message) {
  InspectorConnection& connection = *message.connection;
  switch (message.kind) {
    case Message::Kind::kConnect:
      if (connection.is_closed() || !v8_inspector()) return;
      connection.v8 = static_cast<v8abi::InspectorSession*>(
          v8abi::inspector_connect(v8_, kGroup, &connection, {}, v8abi::kFullyTrusted,
                                   v8abi::kNotWaitingForDebugger)
              .object);
      connections_.push_back(message.connection);
      return;
    case Message::Kind::kDispatch:
      if (connection.v8 && !connection.is_closed()) dispatch(connection, message.json);
      if (connection.is_closed()) disconnect(message.connection);
      return;
    case Message::Kind::kDisconnect:
      disconnect(message.connection);
      return;
  }
}

void Inspector::dispatch(InspectorConnection& connection, const Text& json) {
  {
    TryCatch ignore(isolate_.v8());
    ++connection.dispatch_depth;
    v8abi::inspector_session_dispatch(connection.v8, to_v8(json));
    --connection.dispatch_depth;
  }
  // The termination may have ended up in there.
  if (isolate_.is_being_stopped()) v8abi::isolate_terminate(isolate_.v8());
}

void Inspector::disconnect(const std::shared_ptr<InspectorConnection>& connection) {
  if (!connection->v8) return;
  if (connection->dispatch_depth > 0) {
    // It evaluates something that is paused right now. It can't be deleted below V8's feet; but without its
    // debugger the pause ends, and then it is deleted.
    static const Text disable = Text::latin1(R"({"id":0,"method":"Debugger.disable"})");
    dispatch(*connection, disable);
    return;
  }
  auto keep = connection;
  connections_.erase(std::remove(connections_.begin(), connections_.end(), connection), connections_.end());
  v8abi::InspectorSession* v8 = connection->v8;
  connection->v8 = nullptr;
  v8abi::inspector_session_delete(v8);
}

void Inspector::close() {
  while (!connections_.empty()) {
    auto connection = connections_.back();
    connection->end();
    disconnect(connection);
  }
  if (v8_) v8abi::inspector_delete(v8_);
  abandon();
}

void Inspector::abandon() {
  for (auto& connection : connections_) {
    connection->end();
    connection->v8 = nullptr;
  }
  connections_.clear();
  v8_ = nullptr;
  closed_ = true;
  std::deque<Message> messages;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    messages.swap(messages_);
  }
  for (Message& message : messages) {
    if (message.kind == Message::Kind::kConnect) message.connection->end();
  }
  taken_.clear();
}

// --- Called by V8 ---

void Inspector::runMessageLoopOnPause(int) {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    quit_ = false;
  }
  while (wait_in_pause()) {
    if (!take_next()) continue;
    StoppableScope stoppable(isolate_.v8());
    handle_taken();
  }
  if (isolate_.is_being_stopped()) v8abi::isolate_terminate(isolate_.v8());
}

/// False: the pause is over.
bool Inspector::wait_in_pause() {
  if (isolate_.is_being_stopped() || isolate_.is_disposed()) return false;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (quit_) return false;
    if (!messages_.empty()) return true;
  }
  bool (*check)() = nullptr;
  {
    Isolate::Outside outside(isolate_);
    std::unique_lock<std::mutex> guard(mutex_);
    waiting_ = true;
    changed_.wait(guard, [this] { return quit_ || woken_ || check_ || !messages_.empty(); });
    waiting_ = false;
    woken_ = false;
    std::swap(check, check_);
  }
  if (check && check()) isolate_.stop(0, Fault::kInterrupted);
  return true;
}

void Inspector::quitMessageLoopOnPause() {
  std::lock_guard<std::mutex> guard(mutex_);
  quit_ = true;
  changed_.notify_all();
}

Local Inspector::ensureDefaultContextInGroup(int) {
  for (int id : contexts_) {
    // Empty for one that was collected.
    if (Local context = v8abi::inspector_context_by_id(v8_, id)) return context;
  }
  return nullptr;
}

double Inspector::currentTimeMS() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

}  // namespace isolates::engine
