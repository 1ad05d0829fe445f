#include "engine/supervision.h"

#include "engine/isolate.h"
#include "engine/roots.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {
namespace {

Text text_of(Isolate& isolate, Local context, Local object, const char* key) {
  Local name = v8abi::string_new_utf8(isolate.v8(), key, 0, -1);
  Local value = name ? v8abi::object_get(object, context, name) : nullptr;
  if (!value || !v8abi::value_is_string(value)) return {};
  return read_text(isolate, value).value_or(Text{});
}

/// A function of the supervision's while it runs: what it calls may let a new supervision begin.
class HeldFunction {
 public:
  HeldFunction(Isolate& isolate, Local function) : global_(v8abi::global_new(isolate.v8(), *function)) {}
  ~HeldFunction() { v8abi::global_delete(global_); }
  HeldFunction(const HeldFunction&) = delete;
  HeldFunction& operator=(const HeldFunction&) = delete;

  Local call(Local context, Local value) const {
    return v8abi::function_call(global_, context, Roots::instance().undefined_local(), 1, &value);
  }

 private:
  const Local global_;
};

}  // namespace

void explain(Isolate& isolate, Local context, Local value, Thrown& thrown) {
  // V8 has done what it was asked when the run was stopped: this would not be stopped any more.
  if (isolate.is_being_stopped()) return;
  HeldFunction function(isolate, isolate.supervision()->explain);
  HandleScope handles(isolate.v8());
  TryCatch ignore(isolate.v8());
  Local said = function.call(context, value);
  if (!said || !v8abi::value_is_object(said)) return;
  thrown.label = text_of(isolate, context, said, "name");
  thrown.details = text_of(isolate, context, said, "text");
  if (thrown.message.units.empty()) thrown.message = text_of(isolate, context, said, "message");
}

std::optional<Text> show(Isolate& isolate, Local context, Local value) {
  if (!isolate.supervision() || v8abi::value_is_object(value)) return std::nullopt;
  HeldFunction function(isolate, isolate.supervision()->show);
  TryCatch ignore(isolate.v8());
  Local said = function.call(context, value);
  return said && v8abi::value_is_string(said) ? read_text(isolate, said) : std::nullopt;
}

void stop_marked(Isolate& isolate, Mark mark) {
  auto visit = [](V8Isolate* v8, void* wanted) {
    Isolate& self = Isolate::current(v8);
    if (mark_of(self) == static_cast<Mark>(reinterpret_cast<intptr_t>(wanted)))
      self.stop(0, Fault::kCancelled);
  };
  isolate.request_visit(visit, reinterpret_cast<void*>(static_cast<intptr_t>(mark)));
}

Outcome SuperviseOperation::run(Isolate& isolate) {
  auto explain = explain_->local_in(isolate);
  if (auto* failure = std::get_if<Failure>(&explain)) return std::move(*failure);
  auto show = show_->local_in(isolate);
  if (auto* failure = std::get_if<Failure>(&show)) return std::move(*failure);
  auto& supervision = isolate.supervision();
  if (supervision) {
    v8abi::global_delete(supervision->explain);
    v8abi::global_delete(supervision->show);
  } else {
    supervision = std::make_unique<Supervision>();
  }
  supervision->explain = v8abi::global_new(isolate.v8(), *std::get<Local>(explain));
  supervision->show = v8abi::global_new(isolate.v8(), *std::get<Local>(show));
  supervision->on_rejection = std::move(on_rejection_);
  return Value(Undefined{});
}

}  // namespace isolates::engine
