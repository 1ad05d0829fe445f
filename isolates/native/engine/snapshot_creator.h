// V8's SnapshotCreator for one isolate.
#pragma once
#include <memory>
#include <variant>

#include "engine/snapshot_blob.h"
#include "engine/snapshot_globals.h"
#include "engine/v8_abi_snapshot.h"

namespace isolates::engine {

class Isolate;

/// Made in place of v8::Isolate::Initialize, destroyed right before the isolate is disposed, on a thread that
/// holds the isolate's lock. Owned by its Isolate.
class SnapshotCreator {
 public:
  SnapshotCreator(Isolate& isolate, v8abi::V8Isolate* v8, const v8abi::CreateParams& parameters);
  ~SnapshotCreator();
  SnapshotCreator(const SnapshotCreator&) = delete;
  SnapshotCreator& operator=(const SnapshotCreator&) = delete;

  /// Inside. What scripts run in, and the pattern of all contexts that start from the snapshot; replaces the
  /// one before.
  bool set_context(v8abi::Local context, Stacks stacks);
  v8abi::Local context() const { return context_; }
  /// Inside, when nothing else holds a handle: V8 refuses to leave one out. No JavaScript runs after it.
  std::variant<std::shared_ptr<const SnapshotBlob>, Failure> create();

 private:
  static void reset(v8abi::Local& handle);
  size_t handle_bytes() const;
  size_t adopt_context();

  Isolate& isolate_;
  v8abi::V8Isolate* const v8_;
  v8abi::SnapshotCreator creator_;
  v8abi::Local context_ = nullptr;
  v8abi::Local clear_globals_ = nullptr;  // snapshot_globals.h
};

}  // namespace isolates::engine
