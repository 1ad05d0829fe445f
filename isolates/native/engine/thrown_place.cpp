#include "engine/thrown_place.h"

#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/import_table.h"
#include "engine/isolate.h"
#include "engine/supervision.h"
#include "engine/v8_abi_message.h"

namespace isolates::engine {
namespace {

bool is_told(Local value) {
  if (v8abi::value_is_object(value)) return !v8abi::value_is_native_error(value);
  // V8 throws a value of its own for a termination.
  return v8abi::value_is_string(value) || v8abi::value_is_number(value) || v8abi::value_is_bigint(value) ||
         v8abi::value_is_symbol(value);
}

/// Whether they are the same value where it lies, as numbers that are no objects do.
bool is_same(v8abi::Address one, v8abi::Address other) {
  return static_cast<uint32_t>(one) == static_cast<uint32_t>(other);
}

/// Returns the exception, which may have been moved.
v8abi::Address note(V8Isolate* v8, v8abi::Address exception) {
  Entry* entry = Entry::innermost();
  if (!entry || entry->is_forsaken() || entry->isolate().v8() != v8) return exception;
  Isolate& isolate = entry->isolate();
  if (!isolate.supervision() || !is_told(&exception)) return exception;
  HandleScope handles(v8);
  Local thrown = v8abi::global_new(v8, exception);
  Local message = v8abi::exception_create_message(v8, thrown);
  Local file = v8abi::message_resource_name(message);
  if ((!file || !v8abi::value_is_string(file)) && thrown_place(isolate, thrown)) {
    v8abi::global_delete(thrown);  // V8 throws it once more, outside of JavaScript: a module's
    return *isolate.supervision()->thrown;
  }
  forget_thrown_place(isolate);
  isolate.supervision()->thrown = thrown;
  isolate.supervision()->thrown_message = v8abi::global_new(v8, *message);
  return *thrown;
}

/// In the place of V8's function, for its own callers.
v8abi::Address throw_noted(V8Isolate* v8, v8abi::Address exception, void* location) {
  return v8abi::isolate_throw_value(v8, note(v8, exception), location);
}

}  // namespace

void install_thrown_places() {
  const Import import = {v8abi::kThrowSymbol, reinterpret_cast<void*>(throw_noted)};
  replace_imports(&import, 1);
}

Local thrown_place(Isolate& isolate, Local value) {
  auto& supervision = isolate.supervision();
  bool is_it = supervision && supervision->thrown && is_same(*supervision->thrown, *value);
  return is_it ? supervision->thrown_message : nullptr;
}

void forget_thrown_place(Isolate& isolate) {
  auto& supervision = isolate.supervision();
  if (!supervision || !supervision->thrown) return;
  v8abi::global_delete(supervision->thrown);
  v8abi::global_delete(supervision->thrown_message);
  supervision->thrown = supervision->thrown_message = nullptr;
}

Failure rejected_with(Isolate& isolate, Local context, Local reason, Local message) {
  if (!message) message = v8abi::exception_create_message(isolate.v8(), reason);
  return {Fault::kThrown, {}, capture_thrown(isolate, context, reason, message)};
}

}  // namespace isolates::engine
