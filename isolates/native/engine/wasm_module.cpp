#include "engine/wasm_module.h"

namespace isolates::engine {

WasmModule::WasmModule(const v8abi::CompiledWasmModule& compiled)
    : compiled_(compiled), native_module_(compiled.native_module) {}

std::shared_ptr<const WasmModule> WasmModule::of(Local module) {
  return std::shared_ptr<const WasmModule>(new WasmModule(v8abi::wasm_module_compiled(module)));
}

WasmModule::~WasmModule() {
  bool is_long = (compiled_.url_capacity >> 63) != 0;
  if (is_long) v8abi::backing_store_control_slot(v8abi::kOnZeroSharedWeakSlot)(compiled_.url_text);
}

Local WasmModule::to_local(V8Isolate* isolate) const {
  return v8abi::wasm_module_from_compiled(isolate, &compiled_);
}

}  // namespace isolates::engine
