// Whether V8's code caches and snapshots are as v8_abi_snapshot.h says.
#pragma once
#include "engine/isolate.h"

namespace isolates::engine {

/// Inside, in an entered context of `isolate`. A snapshot takes too long to be made at each import: the first
/// one is tried out when it is made, as all are.
bool check_code_cache(Isolate& isolate, Local context);

}  // namespace isolates::engine
