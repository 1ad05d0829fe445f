#include "engine/inspector_check.h"

#include <string>

#include "engine/errors.h"
#include "engine/experiment.h"
#include "engine/isolate.h"
#include "engine/stoppable_scope.h"
#include "engine/v8_abi_inspector.h"

namespace isolates::engine {
namespace {

/// A debugger that stops at one breakpoint, all on one thread.
class InspectorExperiment final : public Experiment, v8abi::InspectorClient, v8abi::InspectorChannel {
 public:
  Outcome run(Isolate& isolate) override {
    v8_ = isolate.v8();
    context_ = v8abi::context_new(isolate.v8(), nullptr, nullptr, nullptr, {}, nullptr, {}, {});
    EnteredContext entered(context_);
    auto* inspector = static_cast<v8abi::Inspector*>(v8abi::inspector_create(isolate.v8(), client()).object);
    v8abi::inspector_context_created(inspector, {context_, kGroup, view("a name"), {}, {}, false});
    int id = v8abi::inspector_context_id(context_);
    Local found = v8abi::inspector_context_by_id(inspector, id);
    session_ = static_cast<v8abi::InspectorSession*>(v8abi::inspector_connect(inspector, kGroup, channel(),
                                                                              {}, v8abi::kFullyTrusted,
                                                                              v8abi::kNotWaitingForDebugger)
                                                         .object);
    send(R"({"id":1,"method":"Runtime.enable"})");
    send(R"({"id":2,"method":"Debugger.enable"})");
    send(
        R"({"id":3,"method":"Runtime.evaluate","params":{"expression":"debugger; console.log(6 * 7); 7 * 8"}})");
    v8abi::inspector_context_destroyed(inspector, context_);
    v8abi::inspector_session_delete(session_);
    v8abi::inspector_delete(inspector);
    passed = found && *found == *context_ && has(R"("name":"a name")") && answers_ == 5 && pauses_ == 1 &&
             quits_ == 1 && knows_interrupts_ && has("Execution was terminated") && has(R"("value":42)") &&
             has(R"("value":56)") && has(R"("timestamp":1234)") && has("Runtime.executionContextDestroyed");
    return Value(Undefined{});
  }

 private:
  static constexpr int kGroup = 1;

  v8abi::InspectorClient* client() { return this; }
  v8abi::InspectorChannel* channel() { return this; }
  static v8abi::StringView view(const std::string& text) { return {true, text.size(), text.data()}; }
  void send(const std::string& json) { v8abi::inspector_session_dispatch(session_, view(json)); }
  bool has(const char* text) const { return heard_.find(text) != std::string::npos; }
  void hear(v8abi::StringBuffer* message) {
    v8abi::StringView text = message->string();
    if (text.is_one_byte) heard_.append(static_cast<const char*>(text.characters), text.length);
    delete message;
  }

  /// The fields, as V8 fills them.
  bool look_at_interrupts() {
    v8abi::InterruptsScope *below, *above;
    v8abi::postpone_interrupts_construct(&below, v8_);
    v8abi::postpone_interrupts_construct(&above, v8_);
    bool known = above->stack_guard == v8abi::stack_guard_of(v8_) && above->below == below &&
                 above->mask == v8abi::kApiInterrupt && above->postponed == 0 &&
                 above->mode == v8abi::InterruptsScope::Mode::kPostpone;
    v8abi::postpone_interrupts_destroy(&above);
    v8abi::postpone_interrupts_destroy(&below);
    return known;
  }

  void runMessageLoopOnPause(int group) override {
    pauses_ += group == kGroup;
    knows_interrupts_ = look_at_interrupts();
    if (knows_interrupts_) {
      v8abi::isolate_terminate(v8_);
      StoppableScope stoppable(v8_);
      TryCatch ignore(v8_);
      send(
          R"({"id":4,"method":"Runtime.evaluate","params":{"expression":"for (let k = 0; k < 1e6; ++k);"}})");
      v8abi::isolate_cancel_terminate(v8_);
    }
    send(R"({"id":5,"method":"Debugger.resume"})");
  }
  void runMessageLoopOnInstrumentationPause(int) override {}
  void quitMessageLoopOnPause() override { ++quits_; }
  Local ensureDefaultContextInGroup(int) override { return context_; }
  double currentTimeMS() override { return 1234; }
  void sendResponse(int call_id, v8abi::StringBuffer* message) override {
    answers_ += call_id >= 1 && call_id <= 5;
    hear(message);
  }
  void sendNotification(v8abi::StringBuffer* message) override { hear(message); }
  void flushProtocolNotifications() override {}

  v8abi::V8Isolate* v8_ = nullptr;
  Local context_ = nullptr;
  v8abi::InspectorSession* session_ = nullptr;
  std::string heard_;
  int answers_ = 0;
  int pauses_ = 0;
  int quits_ = 0;
  bool knows_interrupts_ = false;
};

}  // namespace

void check_inspector() { check_by<InspectorExperiment>("V8's inspector"); }

}  // namespace isolates::engine
