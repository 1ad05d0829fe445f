// Isolates, contexts and scripts as they cross.
#pragma once
#include <memory>

#include "engine/code_cache.h"
#include "engine/reference.h"
#include "engine/remote_handle.h"
#include "engine/transferable.h"

namespace isolates::engine {

class IsolateHandle final : public Transferable {
 public:
  IsolateHandle(std::shared_ptr<Isolate> isolate, Profile profile)
      : Transferable(Kind::kIsolate, profile), isolate_(std::move(isolate)) {}
  const std::shared_ptr<Isolate>& isolate() const { return isolate_; }

 private:
  const std::shared_ptr<Isolate> isolate_;
};

class ContextHandle final : public Transferable {
 public:
  ContextHandle(std::shared_ptr<RemoteHandle> context, std::shared_ptr<const Reference> global,
                Profile profile)
      : Transferable(Kind::kContext, profile), context_(std::move(context)), global_(std::move(global)) {}
  const std::shared_ptr<Isolate>& isolate() const { return context_->isolate(); }
  const std::shared_ptr<RemoteHandle>& remote() const { return context_; }
  const std::shared_ptr<const Reference>& global() const { return global_; }

 private:
  const std::shared_ptr<RemoteHandle> context_;
  const std::shared_ptr<const Reference> global_;
};

class ScriptHandle final : public Transferable {
 public:
  ScriptHandle(std::shared_ptr<RemoteHandle> script, CodeCacheResult cache, Profile profile)
      : Transferable(Kind::kScript, profile), script_(std::move(script)), cache_(std::move(cache)) {}
  const std::shared_ptr<Isolate>& isolate() const { return script_->isolate(); }
  const std::shared_ptr<RemoteHandle>& remote() const { return script_; }
  const CodeCacheResult& cache() const { return cache_; }

 private:
  const std::shared_ptr<RemoteHandle> script_;
  const CodeCacheResult cache_;
};

}  // namespace isolates::engine
