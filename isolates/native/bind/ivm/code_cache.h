// The options `produceCachedData` and `cachedData` of compiling, and what came of them.
#pragma once
#include "bind/ivm/arguments.h"
#include "engine/code_cache.h"

namespace isolates::bind::ivm {

/// The bytes of an option that is an ExternalCopy of an ArrayBuffer; nothing if it was not given.
std::optional<std::string> read_buffer(const Options& options, const char* name);

engine::CodeCacheRequest read_code_cache(const Arguments& arguments, const Options& options);

/// `cachedData` and `cachedDataRejected`, where they are to be.
bool define_code_cache(Isolate& isolate, Local context, Local object, const engine::CodeCacheResult& cache);

}  // namespace isolates::bind::ivm
