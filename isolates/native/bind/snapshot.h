// Snapshots, as Python sees them.
#pragma once
#include <memory>

#include "bind/arguments.h"
#include "engine/snapshot_blob.h"

namespace isolates::bind {

/// The option `snapshot` of Isolate; null if it was not given.
std::shared_ptr<const engine::SnapshotBlob> read_snapshot(const Arguments& arguments);

/// create_snapshot and create_snapshot_sync.
void add_snapshot_methods(pybind11::handle isolate_type);

}  // namespace isolates::bind
