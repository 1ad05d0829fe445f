// The SharedArrayBuffers of one isolate that have come from elsewhere, or have gone there.
#pragma once
#include <memory>
#include <unordered_map>

#include "engine/backing_store.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

class Isolate;

/// An isolate pays for shared memory while it has a SharedArrayBuffer on it, and once, however many it has.
/// Owned by the isolate; used inside it.
class SharedBuffers {
 public:
  SharedBuffers();
  ~SharedBuffers();
  SharedBuffers(const SharedBuffers&) = delete;
  SharedBuffers& operator=(const SharedBuffers&) = delete;

  /// The memory, for others.
  BackingStore give(Isolate& isolate, Local buffer);
  /// A SharedArrayBuffer on memory of others. Empty: over the isolate's limit.
  Local receive(Isolate& isolate, BackingStore store);

 private:
  struct Watch;
  bool watch(Isolate& isolate, Local buffer, const BackingStore& store);
  static void on_collected(const v8abi::WeakCallbackInfo& info);

  std::unordered_multimap<const void*, std::unique_ptr<Watch>> watches_;
};

}  // namespace isolates::engine
