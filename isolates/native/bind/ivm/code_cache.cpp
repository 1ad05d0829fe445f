#include "bind/ivm/code_cache.h"

#include "bind/ivm/classes.h"
#include "bind/ivm/external_copy.h"
#include "engine/copied_bytes.h"
#include "engine/isolate.h"
#include "engine/roots.h"

namespace isolates::bind::ivm {

std::optional<std::string> read_buffer(const Options& options, const char* name) {
  constexpr char kWanted[] = "an ExternalCopy of an ArrayBuffer";
  Local given = options.get(name);
  if (v8abi::value_is_undefined(given)) return std::nullopt;
  auto* copy = dynamic_cast<ExternalCopyObject*>(Wrapped::of(given));
  if (!copy) options.refuse(name, kWanted);
  auto bytes = engine::bytes_of_copy(*copy->held().copy);
  if (!bytes) options.refuse(name, kWanted);
  return bytes;
}

engine::CodeCacheRequest read_code_cache(const Arguments& arguments, const Options& options) {
  engine::CodeCacheRequest request;
  request.produce = options.flag("produceCachedData");
  if (auto given = read_buffer(options, "cachedData"))
    request.given = std::make_shared<const std::string>(std::move(*given));
  if (request.produce && request.given) {
    throw Failure{
        engine::Fault::kValue,
        "`" + arguments.name() + "`: `produceCachedData` and `cachedData` can't be used at the same time",
        {}};
  }
  return request;
}

bool define_code_cache(Isolate& isolate, Local context, Local object, const engine::CodeCacheResult& cache) {
  auto define = [&](const char* name, Local value) {
    Local key = v8abi::string_new_utf8(isolate.v8(), name, 0, -1);
    v8abi::object_create_data_property(object, context, key, value);
  };
  if (cache.produced) {
    Local copy = copy_object(isolate, context, cache.produced);
    if (!copy) return false;
    define("cachedData", copy);
  }
  auto& roots = engine::Roots::instance();
  if (cache.rejected)
    define("cachedDataRejected", *cache.rejected ? roots.true_local() : roots.false_local());
  return true;
}

}  // namespace isolates::bind::ivm
