// The options `produce_cached_data` and `cached_data` of compiling, and what came of them.
#pragma once
#include "bind/arguments.h"
#include "engine/code_cache.h"

namespace isolates::bind {

engine::CodeCacheRequest read_code_cache(const Arguments& arguments);

/// None unless it was produced. `made` keeps the object.
pybind11::object cached_data_object(const engine::CodeCacheResult& cache, pybind11::object& made);
/// None unless data was given.
pybind11::object cached_data_rejected_object(const engine::CodeCacheResult& cache);

inline constexpr char kCachedDataDoc[] =
    "V8's compiled form of the code, if it was made with `produce_cached_data`: an ExternalCopy of an "
    "ArrayBuffer, whose bytes can be kept in a file. Else None.";
inline constexpr char kCachedDataRejectedDoc[] =
    "Whether the `cached_data` that was given did not fit: made from other code or by another V8, or "
    "damaged. "
    "The code was compiled then as without it. None if none was given.";

}  // namespace isolates::bind
