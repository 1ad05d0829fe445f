// A compiled WebAssembly.Module, outside of any isolate.
#pragma once
#include <memory>

#include "engine/v8_scopes.h"
#include "engine/v8_shared.h"

namespace isolates::engine {

/// Shares V8's machine code; no isolate compiles it again. Immutable, any thread.
class WasmModule {
 public:
  static std::shared_ptr<const WasmModule> of(Local module);
  ~WasmModule();
  WasmModule(const WasmModule&) = delete;
  WasmModule& operator=(const WasmModule&) = delete;

  /// Empty if V8 refuses.
  Local to_local(V8Isolate* isolate) const;

 private:
  explicit WasmModule(const v8abi::CompiledWasmModule& compiled);

  const v8abi::CompiledWasmModule compiled_;
  const V8Shared native_module_;
};

}  // namespace isolates::engine
