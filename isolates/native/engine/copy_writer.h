// How a value leaves its isolate: V8's serializer, and what is put beside its bytes.
#pragma once
#include <variant>

#include "engine/copy.h"

namespace isolates::engine {

/// Takes the memory for V8's serializer, within the isolate's limit, and hears what can't be cloned.
class CopyWriter final : public v8abi::SerializerDelegate {
 public:
  CopyWriter(Isolate& isolate, Local context, const CopyOptions& options);
  ~CopyWriter() override;

  /// The bytes, which are the caller's to free, and the tables.
  std::optional<Failure> write(Local value);
  v8abi::Bytes take_bytes();
  /// It failed for want of memory that a collection might free, and nothing is used up. (V8 allows no
  /// collection while it writes.)
  bool may_try_again() const { return may_try_again_ && tables_.host_objects.empty(); }
  CopyTables& tables() { return tables_; }

 private:
  std::optional<Failure> prepare(Local value);
  std::optional<Failure> add_transferred(Local buffer);
  std::optional<Failure> store_buffers(Local value);
  std::optional<Failure> copy_buffer(Local value);
  std::optional<Failure> detach(Local buffer);
  Failure failure_of(TryCatch& caught);

  void ThrowDataCloneError(Local message) override;
  bool HasCustomHostObject(V8Isolate*) override { return false; }
  v8abi::Maybe<bool> IsHostObject(V8Isolate*, Local) override { return {true, false}; }
  v8abi::Maybe<bool> WriteHostObject(V8Isolate*, Local object) override;
  v8abi::Maybe<uint32_t> GetSharedArrayBufferId(V8Isolate*, Local buffer) override;
  v8abi::Maybe<uint32_t> GetWasmModuleTransferId(V8Isolate*, Local module) override;
  bool AdoptSharedValueConveyor(V8Isolate*, void*) override { return false; }
  void* ReallocateBufferMemory(void* old_buffer, size_t size, size_t* actual_size) override;
  void FreeBufferMemory(void* buffer) override { std::free(buffer); }
  v8abi::Maybe<bool> refuse(const char* what);

  Isolate& isolate_;
  Local context_;
  const CopyOptions& options_;
  alignas(16) unsigned char serializer_[256] = {};  // V8's is one pointer
  std::vector<Local> transferred_;
  Local copied_ = nullptr;  // the buffer of the value, which is not in the bytes and not transferred either
  v8abi::Bytes bytes_{};
  CopyTables tables_;
  size_t taken_ = 0;
  std::optional<Failure> refused_;  // a handle that is released
  bool failed_ = false;
  bool out_of_memory_ = false;
  bool may_try_again_ = false;
};

}  // namespace isolates::engine
