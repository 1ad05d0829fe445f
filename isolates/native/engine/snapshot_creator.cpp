#include "engine/snapshot_creator.h"

#include "engine/isolate.h"
#include "engine/rescue.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

SnapshotCreator::SnapshotCreator(Isolate& isolate, v8abi::V8Isolate* v8,
                                 const v8abi::CreateParams& parameters)
    : isolate_(isolate), v8_(v8) {
  v8abi::snapshot_creator_construct(&creator_, v8, &parameters);
  // It has entered the isolate; other threads are to enter it as well.
  v8abi::isolate_exit(v8);
  // It takes the allocator and the limits from the parameters, but not these.
  v8abi::isolate_set_fatal_error_handler(v8, on_v8_fatal_error);
  v8abi::isolate_set_oom_error_handler(v8, on_v8_out_of_memory);
}

SnapshotCreator::~SnapshotCreator() {
  v8abi::isolate_enter(v8_);
  v8abi::snapshot_creator_destroy(&creator_);  // which exits
}

void SnapshotCreator::reset(v8abi::Local& handle) {
  if (handle) v8abi::global_delete(handle);
  handle = nullptr;
}

bool SnapshotCreator::set_context(v8abi::Local context, Stacks stacks) {
  EnteredContext entered(context);
  v8abi::Local clear = prepare_globals(isolate_, context, stacks);
  if (!clear) return false;
  reset(context_);
  reset(clear_globals_);
  context_ = v8abi::global_new(v8_, *context);
  clear_globals_ = v8abi::global_new(v8_, *clear);
  return true;
}

size_t SnapshotCreator::handle_bytes() const {
  v8abi::HeapStatistics statistics;
  v8abi::heap_statistics_construct(&statistics);
  v8abi::isolate_heap_statistics(v8_, &statistics);
  return statistics.used_global_handles_size;
}

/// Hands the context to V8; the bytes of the handle that V8 has for it now.
size_t SnapshotCreator::adopt_context() {
  HandleScope handles(v8_);
  {
    EnteredContext entered(context_);
    clear_globals(isolate_, context_, clear_globals_);
  }
  reset(clear_globals_);
  size_t before = handle_bytes();
  v8abi::snapshot_creator_set_default_context(&creator_, context_, {}, {}, {});
  size_t own = handle_bytes() - before;
  reset(context_);
  return own;
}

std::variant<std::shared_ptr<const SnapshotBlob>, Failure> SnapshotCreator::create() {
  size_t own = adopt_context();
  v8abi::isolate_low_memory(v8_);
  if (handle_bytes() != own) {
    return Failure{
        Fault::kTransfer,
        "The scripts left something that a snapshot can't hold, as part of it is outside the heap: an object "
        "of `Intl`, or a FinalizationRegistry that has callbacks to make",
        {}};
  }
  return SnapshotBlob::of_v8(v8abi::snapshot_creator_create_blob(&creator_, v8abi::kKeepFunctionCode));
}

}  // namespace isolates::engine
