// InspectorSession, as JavaScript sees it.
#include "bind/ivm/inspector_session.h"

#include "bind/ivm/classes.h"
#include "bind/ivm/wrapped.h"
#include "engine/call.h"
#include "engine/errors.h"
#include "engine/inspector_session.h"
#include "engine/isolate.h"

namespace isolates::bind::ivm {
namespace {

using engine::Fault;

/// Where a session's callbacks are: properties of its object. The object is held until the session ends, as
/// nobody may hold it who only waits for news; but not its isolate, or the two isolates would hold each
/// other.
class Listener {
 public:
  Listener(Isolate& isolate, Local context, Local object)
      : isolate_(isolate.weak_from_this()),
        context_(isolate.new_handle(context)),
        object_(isolate.new_handle(object)) {}
  ~Listener() {
    auto isolate = isolate_.lock();
    if (!isolate) return;
    isolate->release_handle(context_);
    isolate->release_handle(object_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::shared_ptr<Isolate> isolate() const { return isolate_.lock(); }
  // Inside
  Local context() const { return context_; }
  Local object() const { return object_; }

 private:
  const std::weak_ptr<Isolate> isolate_;
  const Local context_;
  const Local object_;
};

/// session.onResponse(callId, message) or session.onNotification(message), in the isolate that has made the
/// session.
class TellOperation final : public engine::Operation {
 public:
  TellOperation(std::shared_ptr<Listener> listener, engine::InspectorMessage message)
      : listener_(std::move(listener)), message_(std::move(message)) {}

  engine::Outcome run(Isolate& isolate) override {
    Local context = listener_->context();
    engine::EnteredContext entered(context);
    engine::TryCatch caught(isolate.v8());
    const char* name = message_.is_response ? "onResponse" : "onNotification";
    Local key = v8abi::string_new_utf8(isolate.v8(), name, 0, -1);
    Local callback = v8abi::object_get(listener_->object(), context, key);
    Local text = engine::new_string(isolate, message_.json);
    if (callback && text && !v8abi::value_is_function(callback)) return Value(engine::Undefined{});
    if (callback && text) {
      Local both[] = {v8abi::number_new(isolate.v8(), message_.call_id), text};
      int first = message_.is_response ? 0 : 1;
      Local result = v8abi::function_call(callback, context, listener_->object(), 2 - first, both + first);
      if (result) return Value(engine::Undefined{});
    }
    // Nobody waits for it: it goes where unhandled rejections go.
    auto failure = engine::thrown_failure(isolate, context, caught);
    auto& tell = isolate.hooks().on_unhandled_rejection;
    if (tell && failure.fault == Fault::kThrown) isolate.defer([tell, failure] { tell(failure); });
    return Value(engine::Undefined{});
  }

 private:
  const std::shared_ptr<Listener> listener_;
  const engine::InspectorMessage message_;
};

class SessionObject final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  std::variant<Value, Failure> cross() override {
    return Failure{Fault::kTransfer, "A non-transferable value was passed", {}};
  }
  std::shared_ptr<engine::InspectorSession> session;
};

void tell(const std::shared_ptr<Listener>& listener, const engine::InspectorMessage& message) {
  auto isolate = listener->isolate();
  if (!isolate) return;
  auto operation = std::make_unique<TellOperation>(listener, message);
  isolate->post(std::make_shared<engine::Call>(isolate, std::move(operation), engine::RunLimits{}, nullptr));
}

engine::InspectorSession& session_of(const Arguments& arguments) {
  return *arguments.receiver<SessionObject>().session;
}

void construct_inspector_session(const Arguments&) {
  throw Refusal{"`InspectorSession` constructor is private"};
}

void dispatch(const Arguments& arguments) {
  engine::Text message = arguments.text(0);
  auto held = engine::HeldMemory::take_or_collect(arguments.isolate(), arguments.carried());
  if (!held) throw engine::too_much_queued();
  session_of(arguments).dispatch(message, std::move(held));
}

void dispose_session(const Arguments& arguments) {
  auto& session = session_of(arguments);
  if (session.is_disposed()) throw Failure{Fault::kReleased, "Session is dead", {}};
  session.dispose();
}

}  // namespace

void create_inspector_session(const Arguments& arguments, const std::shared_ptr<Isolate>& target) {
  Isolate& isolate = arguments.isolate();
  if (target.get() == &isolate)
    throw Failure{Fault::kState, "An isolate is not debuggable from within itself", {}};
  auto wrapped = std::make_unique<SessionObject>(isolate, arguments.profile());
  SessionObject& made = *wrapped;
  Local object = new_object(isolate, arguments.context(), ClassId::kInspectorSession, std::move(wrapped));
  if (!object) throw JavaScriptThrew{};
  auto listener = std::make_shared<Listener>(isolate, arguments.context(), object);
  made.session = engine::InspectorSession::make(
      target, [listener](const engine::InspectorMessage& message) { tell(listener, message); });
  arguments.set_result(object);
}

const ClassSpec& inspector_session_class() {
  static const ClassSpec spec{
      "InspectorSession",
      method<construct_inspector_session>,
      {{"dispatchProtocolMessage", method<dispatch>, 1}, {"dispose", method<dispose_session>, 0}},
      {},
      {},
      {}};
  return spec;
}

}  // namespace isolates::bind::ivm
