// Module: a JavaScript module, held from outside.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "engine/code_cache.h"
#include "engine/outcome.h"
#include "engine/remote_handle.h"
#include "engine/transferable.h"
#include "engine/value.h"

namespace isolates::engine {

class Module;
class ModuleLinking;
class Reference;

/// What one import asks for.
struct ModuleRequest {
  Text specifier;
  std::vector<std::pair<Text, Text>> attributes;  // `with { type: "json" }`

  bool wants_json() const;
};

/// What does not change after compilation.
struct ModuleInfo {
  uint64_t id = 0;  // unique in its isolate
  Profile profile = Profile::kReadme;
  Text filename;
  bool is_json = false;
  bool may_import = false;              // has something that may be an import()
  std::vector<ModuleRequest> requests;  // in source order

  /// Without duplicates: one specifier may be asked for with different attributes.
  std::vector<Text> specifiers() const;
};

/// Who asks for a module: another one, or a script, of which only the name is known.
struct Referrer {
  std::shared_ptr<const Module> module;
  Text filename;
};

/// Finds dependencies; implemented by the faces. Dropped on any thread.
class ModuleResolver {
 public:
  /// Once, with a module or a failure; on any thread, now or later.
  using Answer = std::function<void(std::variant<std::shared_ptr<const Module>, Failure>)>;

  virtual ~ModuleResolver() = default;
  /// Called without any lock of the engine, outside of the isolate, unless JavaScript below waits for a
  /// synchronous instantiate. Must not throw.
  virtual void resolve(const ModuleRequest& request, const Referrer& referrer, const ModuleLinking& asker,
                       Answer answer) = 0;
  /// Nobody waits for the answers to this one any more.
  virtual void cancel(const ModuleLinking& asker) { (void)asker; }
};

/// Fills `import.meta` when a module first looks at it; implemented by the faces. Called inside the isolate,
/// below JavaScript that waits. Ends as a Value that is an object to copy, or as Failure.
class ImportMeta {
 public:
  virtual ~ImportMeta() = default;
  virtual Outcome fill(Isolate& isolate, Local context, Local meta, std::shared_ptr<const Module> module) = 0;
};

/// What a module was compiled with for that, if anything: a callable of the host, or a function of the same
/// isolate, which gets the object.
struct MetaSource {
  std::shared_ptr<ImportMeta> host;
  std::shared_ptr<const Reference> function;
};

/// Shared by all handles to one module. Any thread may call any function that does not say otherwise.
/// It keeps the module of V8 alive, which keeps its record (module_map.h).
///
/// The links of `set_dependency` belong to it until V8 has the module linked. A cycle of such links that is
/// never instantiated lives until the isolate is disposed.
class Module final : public Transferable {
 public:
  Module(std::shared_ptr<RemoteHandle> handle, std::shared_ptr<const ModuleInfo> info,
         CodeCacheResult cache = {})
      : Transferable(Kind::kModule, info->profile),
        handle_(std::move(handle)),
        info_(std::move(info)),
        cache_(std::move(cache)) {}
  ~Module() override;

  const std::shared_ptr<Isolate>& isolate() const { return handle_->isolate(); }
  const std::shared_ptr<RemoteHandle>& remote() const { return handle_; }
  const ModuleInfo& info() const { return *info_; }
  /// Goes with the last handle that the host has: an import() that tells of a forgotten module has none.
  const CodeCacheResult& cache() const { return cache_; }
  /// Only inside.
  Local local() const { return handle_->local(); }

  /// For every request of `specifier`. Failure: it has none, is linked already, or `to` can't be linked.
  std::optional<Failure> set_dependency(const Text& specifier, std::shared_ptr<const Module> to) const;
  std::shared_ptr<const Module> dependency(size_t request) const;

  /// Null until it is linked: its context.
  std::shared_ptr<RemoteHandle> context() const;
  bool is_linked() const { return context() != nullptr; }
  void set_linked(std::shared_ptr<RemoteHandle> context) const;
  /// The namespace, if it was asked for before.
  std::shared_ptr<const Reference> space() const;
  void set_space(std::shared_ptr<const Reference> space) const;
  void drop_links() const;

 private:
  const std::shared_ptr<RemoteHandle> handle_;
  const std::shared_ptr<const ModuleInfo> info_;
  const CodeCacheResult cache_;

  mutable std::mutex mutex_;
  mutable std::map<size_t, std::shared_ptr<const Module>> dependencies_;  // by request
  mutable std::shared_ptr<RemoteHandle> context_;
  mutable std::shared_ptr<const Reference> space_;
};

/// Nothing, or why `to` can't be a dependency that is asked for by `request`.
std::optional<Failure> refuse_link(const Isolate& isolate, const ModuleRequest& request, const Module& to);

}  // namespace isolates::engine
