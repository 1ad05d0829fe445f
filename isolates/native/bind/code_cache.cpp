#include "bind/code_cache.h"

#include "bind/buffer.h"
#include "bind/handles.h"

namespace py = pybind11;

namespace isolates::bind {

engine::CodeCacheRequest read_code_cache(const Arguments& arguments) {
  engine::CodeCacheRequest request;
  request.produce = arguments.flag("produce_cached_data");
  if (BufferArgument given{arguments, "cached_data"}) {
    request.given = std::make_shared<const std::string>(given.data(), given.size());
  }
  if (request.produce && request.given) {
    throw py::value_error(std::string("`") + arguments.method() +
                          "`: `produce_cached_data` and `cached_data` can't be used at the same time");
  }
  return request;
}

py::object cached_data_object(const engine::CodeCacheResult& cache, py::object& made) {
  if (!cache.produced) return py::none();
  if (!made) made = py::cast(ExternalCopyObject{cache.produced});
  return made;
}

py::object cached_data_rejected_object(const engine::CodeCacheResult& cache) {
  if (!cache.rejected) return py::none();
  return py::bool_(*cache.rejected);
}

}  // namespace isolates::bind
