// Copy: a value outside any isolate, in V8's structured-clone format.
#pragma once
#include <cstdlib>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "engine/copied_buffers.h"
#include "engine/v8_scopes.h"
#include "engine/value.h"
#include "engine/wasm_module.h"

namespace isolates::engine {

/// What the bytes of a copy refer to by number.
struct CopyTables {
  std::vector<Value> host_objects;
  std::vector<BackingStore> array_buffers;         // those not in the bytes: transferred, or large
  std::vector<BackingStore> shared_array_buffers;  // never copied
  std::vector<std::shared_ptr<const WasmModule>> wasm_modules;
};

/// Where a copy's ArrayBuffers end up when it becomes a value. Taken: the copy can't become another one.
enum class CopyBuffers : uint8_t { kCopied, kTaken };

struct CopyOptions {
  std::vector<Local> transfer_list;  // ArrayBuffers that move into the copy
  bool transfer_out = false;         // so does the value, or the buffer that it is a view of
  bool keep_buffer_apart = false;    // of a value that is a buffer or a view, however small
};

/// A value that is an ArrayBuffer, a SharedArrayBuffer or a view of one.
struct CopyWindow {
  bool shared;
  char view;  // V8's tag of its class; 0: the buffer itself
  size_t offset;
  size_t length;
  bool tracks_length;
};

/// Immutable, but for its ArrayBuffers, which can be taken. Any thread. The binding reads and writes the same
/// bytes for the host (bind/clone_*.h).
class Copy {
 public:
  /// Inside the isolate: getters of the value run, as structured clone demands. Failure if something in it
  /// can't be cloned, or if the bytes do not fit the isolate's memory limit.
  static std::variant<std::shared_ptr<const Copy>, Failure> of(Isolate& isolate, Local context, Local value,
                                                               const CopyOptions& options = {});
  /// Of bytes that the host has written.
  static std::shared_ptr<const Copy> of_bytes(std::vector<uint8_t> bytes, CopyTables tables);

  Copy(CopyTables tables);
  std::variant<Local, Failure> to_local(Isolate& isolate, Local context, CopyBuffers buffers) const;

  const uint8_t* data() const { return memory_ ? memory_.get() : bytes_.data(); }
  size_t size() const { return memory_ ? memory_size_ : bytes_.size(); }
  const std::vector<Value>& host_objects() const { return host_objects_; }
  const std::vector<BackingStore>& shared_array_buffers() const { return shared_array_buffers_; }
  const std::vector<std::shared_ptr<const WasmModule>>& wasm_modules() const { return wasm_modules_; }
  CopiedBuffers& array_buffers() const { return array_buffers_; }
  /// Nothing if it is no buffer, or one in the bytes.
  std::optional<CopyWindow> window() const;

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> memory_;  // from V8's serializer,
  size_t memory_size_ = 0;
  std::vector<uint8_t> bytes_;  // or from the host
  const std::vector<Value> host_objects_;
  mutable CopiedBuffers array_buffers_;
  const std::vector<BackingStore> shared_array_buffers_;
  const std::vector<std::shared_ptr<const WasmModule>> wasm_modules_;
};

}  // namespace isolates::engine
