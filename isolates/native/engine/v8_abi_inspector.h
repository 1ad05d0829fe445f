// V8's symbols and layouts for the inspector. See v8_abi.h.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::v8abi {

struct Inspector;         // v8_inspector::V8InspectorImpl
struct InspectorSession;  // v8_inspector::V8InspectorSessionImpl

/// v8_inspector::StringView. One byte a character is UTF-8 where V8 reads JSON, Latin-1 elsewhere.
struct StringView {
  bool is_one_byte = true;
  size_t length = 0;
  const void* characters = nullptr;
};
class StringBuffer {  // V8 makes it and its receiver deletes it
 public:
  virtual ~StringBuffer() = default;
  virtual StringView string() const = 0;
};
struct ContextInfo {
  Local context;
  int group;  // not 0
  StringView name;
  StringView origin;
  StringView aux_data;
  bool has_memory_on_console;
};

class InspectorChannel {
 public:
  virtual ~InspectorChannel() = default;
  virtual void sendResponse(int call_id, StringBuffer* message) = 0;
  virtual void sendNotification(StringBuffer* message) = 0;
  virtual void flushProtocolNotifications() = 0;
};

/// What is not of interest answers "nothing" here. Slots counted from 0, the two destructors included.
class InspectorClient {
 public:
  virtual ~InspectorClient() = default;
  virtual void runMessageLoopOnPause(int group) = 0;
  virtual void runMessageLoopOnInstrumentationPause(int group) = 0;
  virtual void quitMessageLoopOnPause() = 0;
  virtual void runIfWaitingForDebugger(int) {}
  virtual void muteMetrics(int) {}
  virtual void unmuteMetrics(int) {}
  virtual void beginUserGesture() {}
  virtual void endUserGesture() {}
  virtual UniquePtr deepSerialize(Local, int, Local) { return {}; }  // 10
  virtual UniquePtr valueSubtype(Local) { return {}; }
  virtual UniquePtr descriptionForValueSubtype(Local, Local) { return {}; }
  virtual bool isInspectableHeapObject(Local) { return true; }
  virtual Local ensureDefaultContextInGroup(int group) = 0;
  virtual void beginEnsureAllContextsInGroup(int) {}
  virtual void endEnsureAllContextsInGroup(int) {}
  virtual void installAdditionalCommandLineAPI(Local, Local) {}
  virtual void consoleAPIMessage(int, int, Local, const StringView&, unsigned, unsigned, void*) {}
  virtual void consoleAPIMessageText(int, int, const StringView&, const StringView&, unsigned, unsigned,
                                     void*) {}
  virtual Local memoryInfo(V8Isolate*, Local) { return nullptr; }  // 20
  virtual void consoleTime(V8Isolate*, Local) {}
  virtual void consoleTimeEnd(V8Isolate*, Local) {}
  virtual void consoleTimeStamp(V8Isolate*, Local) {}
  virtual void consoleTimeStampWithArguments(V8Isolate*, Local, const void*) {}
  virtual void consoleClear(int) {}
  virtual double currentTimeMS() = 0;
  virtual void startRepeatingTimer(double, void (*)(void*), void*) {}
  virtual void cancelTimer(void*) {}
  virtual bool canExecuteScripts(int) { return true; }  // false refuses Debugger.enable
  virtual void maxAsyncCallStackDepthChanged(int) {}    // 30
  virtual UniquePtr resourceNameToUrl(const StringView&) { return {}; }
  virtual int64_t generateUniqueId() { return 0; }  // 0: V8 takes a random one
  virtual void dispatchError(Local, Local, Local) {}
  virtual void reserved34() {}
  virtual void reserved35() {}
};

/// v8::internal::InterruptsScope: what happens to interrupts of some kinds while it is there.
struct InterruptsScope {
  enum class Mode : uint8_t { kPostpone, kRun };
  void* stack_guard = nullptr;
  InterruptsScope* below = nullptr;  // set by V8
  int mask = 0;
  int postponed = 0;
  Mode mode = Mode::kPostpone;
};
inline constexpr int kTerminationInterrupt = 1;
inline constexpr int kApiInterrupt = 16;
inline void* stack_guard_of(V8Isolate* isolate) { return reinterpret_cast<char*>(isolate) + 8; }

inline constexpr int kFullyTrusted = 1;
inline constexpr int kNotWaitingForDebugger = 1;
inline constexpr size_t kPostDelayedTaskOnWorkerThreadSlot = 19;  // of the platform

extern "C" {
void stack_guard_push(void* stack_guard, InterruptsScope*)
    V8_SYMBOL("_ZN2v88internal10StackGuard19PushInterruptsScopeEPNS0_15InterruptsScopeE");
void stack_guard_pop(void* stack_guard) V8_SYMBOL("_ZN2v88internal10StackGuard18PopInterruptsScopeEv");
/// `place` gets the address of a new InterruptsScope that postpones API interrupts.
void postpone_interrupts_construct(InterruptsScope** place, V8Isolate*)
    V8_SYMBOL("_ZN2v85debug23PostponeInterruptsScopeC1EPNS_7IsolateE");
void postpone_interrupts_destroy(InterruptsScope** place)
    V8_SYMBOL("_ZN2v85debug23PostponeInterruptsScopeD1Ev");
UniquePtr inspector_create(V8Isolate*, InspectorClient*)
    V8_SYMBOL("_ZN12v8_inspector11V8Inspector6createEPN2v87IsolateEPNS_17V8InspectorClientE");
void inspector_delete(Inspector*) V8_SYMBOL("_ZN12v8_inspector15V8InspectorImplD0Ev");
void inspector_context_created(Inspector*, const ContextInfo&)
    V8_SYMBOL("_ZN12v8_inspector15V8InspectorImpl14contextCreatedERKNS_13V8ContextInfoE");
void inspector_context_destroyed(Inspector*, Local)
    V8_SYMBOL("_ZN12v8_inspector15V8InspectorImpl16contextDestroyedEN2v85LocalINS1_7ContextEEE");
Local inspector_context_by_id(Inspector*, int id)
    V8_SYMBOL("_ZN12v8_inspector15V8InspectorImpl11contextByIdEi");
int inspector_context_id(Local context)
    V8_SYMBOL("_ZN12v8_inspector13V8ContextInfo18executionContextIdEN2v85LocalINS1_7ContextEEE");
UniquePtr inspector_connect(Inspector*, int group, InspectorChannel*, StringView state, int trust, int paused)
    V8_SYMBOL(
        "_ZN12v8_inspector15V8InspectorImpl7connectEiPNS_11V8Inspector7ChannelENS_10StringViewENS1_"
        "16ClientTrustLevelENS1_17SessionPauseStateE");
void inspector_session_delete(InspectorSession*) V8_SYMBOL("_ZN12v8_inspector22V8InspectorSessionImplD0Ev");
void inspector_session_dispatch(InspectorSession*, StringView)
    V8_SYMBOL("_ZN12v8_inspector22V8InspectorSessionImpl23dispatchProtocolMessageENS_10StringViewE");
}

}  // namespace isolates::v8abi
