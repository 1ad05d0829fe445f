// Snapshots, as JavaScript sees them.
#pragma once
#include <memory>

#include "bind/ivm/arguments.h"
#include "engine/snapshot_blob.h"

namespace isolates::bind::ivm {

/// The option `memoryLimit` of Isolate, in bytes.
size_t read_memory_limit(const Options& options);

/// The option `snapshot` of Isolate; null if it was not given.
std::shared_ptr<const engine::SnapshotBlob> read_snapshot(const Options& options);

/// Isolate.createSnapshot(scripts, warmupScript, { timeout, memoryLimit })
void create_snapshot(const Arguments& arguments);

}  // namespace isolates::bind::ivm
