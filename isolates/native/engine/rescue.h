// The way back out of V8 when V8 gives up.
#pragma once
#include <csetjmp>
#include <cstddef>
#include <type_traits>

namespace isolates::engine {

/// V8 aborts the process on some out-of-memory conditions and failed checks; its hooks (out-of-memory
/// handler, fatal function, stack trace printer) run on the failing thread just before. They jump back to
/// the innermost zone on this thread, so that only the isolate inside is lost.
///
/// Why a jump and not parking the thread for ever: the thread may be the caller's own. Why it is sound:
/// - V8 runs with --single-threaded, so no other thread works for this isolate on frames that are gone.
/// - Nobody enters the isolate again; at most it is disposed, in a zone of its own (Isolate::destroy_heap).
/// - Between a zone and V8 the engine holds neither the GIL nor a mutex, and frames own nothing but what
///   V8 keeps for the isolate (handles, entered contexts) and a little memory, which leaks.
/// - Host functions that V8 calls end with `leave_if_lost`, so JavaScript frames of a lost isolate between
///   two zones never run on.
struct RescueZone {
  std::jmp_buf buffer;
  RescueZone* outer;
  char reason[256];
};

/// Runs `body(argument)`. False if V8 gave up inside; `reason` then says why (a C string).
bool run_in_rescue_zone(void (*body)(void*), void* argument, char* reason, size_t reason_size);

template <class Body>
bool run_rescued(Body&& body, char* reason, size_t reason_size) {
  using Plain = std::remove_reference_t<Body>;
  return run_in_rescue_zone([](void* it) { (*static_cast<Plain*>(it))(); }, &body, reason, reason_size);
}

/// Leaves the innermost zone of this thread as lost. Returns only if there is none.
void leave_rescue_zone(const char* reason);

/// Sets V8's hooks for the process; once, at import.
void install_fatal_hooks();

/// For Isolate's creation parameters.
void on_v8_out_of_memory(const char* location, const void* details);
void on_v8_fatal_error(const char* location, const char* message);

}  // namespace isolates::engine
