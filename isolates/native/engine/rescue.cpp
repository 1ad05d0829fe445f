#include "engine/rescue.h"

#include <unistd.h>

#include <cstdio>

#include "engine/v8_abi.h"

namespace isolates::engine {
namespace {

thread_local RescueZone* innermost = nullptr;
thread_local char last_fatal_message[200];

void on_fatal(const char*, int, const char* message) {
  std::snprintf(last_fatal_message, sizeof last_fatal_message, "%s", message);
  leave_rescue_zone(message);
}

// Called right before V8 aborts the process, also where no other hook is.
void on_abort() { leave_rescue_zone(last_fatal_message[0] ? last_fatal_message : "check failed"); }

}  // namespace

bool run_in_rescue_zone(void (*body)(void*), void* argument, char* reason, size_t reason_size) {
  RescueZone zone;
  zone.outer = innermost;
  zone.reason[0] = '\0';
  if (_setjmp(zone.buffer) == 0) {
    innermost = &zone;
    body(argument);
    innermost = zone.outer;
    return true;
  }
  innermost = zone.outer;
  std::snprintf(reason, reason_size, "%s", zone.reason);
  return false;
}

void leave_rescue_zone(const char* reason) {
  RescueZone* zone = innermost;
  if (!zone) return;
  std::snprintf(zone->reason, sizeof zone->reason, "%s", reason ? reason : "");
  _longjmp(zone->buffer, 1);
}

void on_v8_out_of_memory(const char* location, const void*) {
  char reason[200];
  std::snprintf(reason, sizeof reason, "out of memory: %s", location ? location : "");
  leave_rescue_zone(reason);
  // No zone: a thread that is not ours, or V8 without an isolate. Returning would abort the process.
  for (;;) pause();
}

void on_v8_fatal_error(const char* location, const char* message) {
  char reason[250];
  std::snprintf(reason, sizeof reason, "%s: %s", location ? location : "", message ? message : "");
  leave_rescue_zone(reason);
}

void install_fatal_hooks() {
  v8abi::set_fatal_function(on_fatal);
  v8abi::set_print_stack_trace(on_abort);
  v8abi::set_fatal_memory_error_callback(on_v8_out_of_memory);
}

}  // namespace isolates::engine
