// What V8 asks about modules while JavaScript runs: import() and import.meta.
#pragma once
#include "engine/module.h"

namespace isolates::engine {

/// Hooks, by V8 (module_map.cpp sets them).
Local on_import(Local context, Local host_options, Local resource_name, Local specifier, Local attributes);
void on_import_meta(Local context, Local module, Local meta);

/// Who resolves import() in scripts of a context, and in modules that were instantiated without a resolver.
class SetImportResolverOperation final : public Operation {
 public:
  /// Null: nobody.
  SetImportResolverOperation(std::shared_ptr<RemoteHandle> context, std::shared_ptr<ModuleResolver> resolver)
      : context_(std::move(context)), resolver_(std::move(resolver)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<RemoteHandle> context_;
  const std::shared_ptr<ModuleResolver> resolver_;
};

}  // namespace isolates::engine
