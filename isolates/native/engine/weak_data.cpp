#include "engine/weak_data.h"

#include "engine/isolate.h"

namespace isolates::engine {

Local WeakData::attach(Isolate& isolate, std::unique_ptr<WeakData> data) {
  Local external = v8abi::external_new(isolate.v8(), data.get(), kTag);
  data->weak_ = v8abi::global_new(isolate.v8(), *external);
  v8abi::global_make_weak(data->weak_, data.get(), on_collected, 0);
  isolate.add(data.release());
  return external;
}

void WeakData::on_collected(const v8abi::WeakCallbackInfo& info) {
  auto* data = static_cast<WeakData*>(info.parameter);
  v8abi::global_delete(data->weak_);
  data->isolate_.remove(data);
  data->abandon();
  data->isolate_.discard(data);
}

}  // namespace isolates::engine
