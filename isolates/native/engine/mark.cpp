#include "engine/mark.h"

#include "engine/entry.h"
#include "engine/v8_abi_mark.h"

namespace isolates::engine {
namespace {

Mark read(v8abi::Local data) {
  return v8abi::value_is_int32(data) ? v8abi::value_int32(data, nullptr).value : 0;
}

}  // namespace

Mark current_mark() {
  Entry* entry = Entry::innermost();
  // While it is lent, or lost, V8 is not this thread's to ask.
  if (!entry || entry->is_forsaken() || !entry->isolate().is_held_here() || entry->isolate().is_lost())
    return 0;
  return mark_of(entry->isolate());
}

Mark mark_of(const Isolate& isolate) {
  HandleScope handles(isolate.v8());
  return read(v8abi::isolate_continuation_data(isolate.v8()));
}

void set_mark(const Isolate& isolate, Mark mark) {
  HandleScope handles(isolate.v8());
  v8abi::Local data = mark == 0 ? nullptr : v8abi::number_new(isolate.v8(), mark);
  v8abi::isolate_set_continuation_data(isolate.v8(), data);
}

v8abi::Local enter_mark(const Isolate& isolate, Mark mark) {
  v8abi::Local before = v8abi::isolate_continuation_data(isolate.v8());
  set_mark(isolate, mark);
  return before;
}

void leave_mark(const Isolate& isolate, v8abi::Local before) {
  v8abi::isolate_set_continuation_data(isolate.v8(), before);
}

namespace {

Mark seen_in_job = 0;

void note(const v8abi::CallInfo& info) { seen_in_job = mark_of(Isolate::current(info.isolate())); }

}  // namespace

bool check_mark(Isolate& isolate, v8abi::Local context) {
  v8abi::Local before = enter_mark(isolate, 7);
  v8abi::Local resolver = v8abi::resolver_new(context);
  v8abi::Local job = v8abi::function_new(context, note, nullptr, 0, 0, 0);
  if (!resolver || !job) return false;
  v8abi::Local promise = v8abi::resolver_promise(resolver);
  if (!v8abi::promise_then(promise, context, job, job)) return false;
  set_mark(isolate, 8);
  v8abi::resolver_resolve(resolver, context, before);
  bool set = mark_of(isolate) == 8;
  v8abi::isolate_run_microtasks(isolate.v8());
  leave_mark(isolate, before);
  return set && seen_in_job == 7 && mark_of(isolate) == 0;
}

}  // namespace isolates::engine
