#include "engine/code_cache_check.h"

#include "engine/code_cache.h"
#include "engine/copied_bytes.h"

namespace isolates::engine {
namespace {

struct Compiled {
  Local script = nullptr;
  CodeCacheResult cache;
};

constexpr char kCode[] = "(function () { return 40 })() + 2";

Compiled compile(Isolate& isolate, const CodeCacheRequest& request) {
  CodeCache cache(CodeCache::Of::kScript, request, TextView(kCode, sizeof kCode - 1, false));
  v8abi::ScriptSource source{};
  source.source = v8abi::string_new_utf8(isolate.v8(), kCode, 0, -1);
  source.resource_name = v8abi::string_new_utf8(isolate.v8(), "check", 0, -1);
  int options = cache.attach(source);
  Compiled made;
  made.script = v8abi::script_compile_unbound(isolate.v8(), &source, options, 0);
  if (made.script) made.cache = cache.finish(made.script, Profile::kReadme);
  return made;
}

/// V8's own refusal, which sealed bytes never come to.
bool is_rubbish_rejected(Isolate& isolate) {
  alignas(16) const uint8_t rubbish[256] = {1, 2, 3};
  v8abi::CachedData data;
  v8abi::cached_data_construct(&data, rubbish, sizeof rubbish, v8abi::kBufferNotOwned);
  v8abi::ScriptSource source{};
  source.source = v8abi::string_new_utf8(isolate.v8(), kCode, 0, -1);
  source.cached_data = &data;
  Local script = v8abi::script_compile_unbound(isolate.v8(), &source, v8abi::kConsumeCodeCache, 0);
  bool rejected = data.rejected && data.data == rubbish && data.length == sizeof rubbish;
  v8abi::cached_data_destroy(&data);
  return script && rejected;
}

}  // namespace

bool check_code_cache(Isolate& isolate, Local context) {
  TryCatch ignore(isolate.v8());
  if (!is_rubbish_rejected(isolate)) return false;
  auto produced = compile(isolate, {true, nullptr}).cache.produced;
  auto bytes = produced ? bytes_of_copy(*produced) : std::nullopt;
  if (!bytes) return false;
  Compiled used = compile(isolate, {false, std::make_shared<const std::string>(std::move(*bytes))});
  if (!used.script || used.cache.rejected != false) return false;
  Local result = v8abi::script_run(v8abi::script_bind(used.script), context);
  return result && v8abi::value_is_number(result) && v8abi::value_number(result, context).value == 42 &&
         v8abi::snapshot_version_is_valid(v8abi::snapshot_default());
}

}  // namespace isolates::engine
