// What an isolate knows of its modules.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/module.h"

namespace isolates::engine {

class ModuleLinking;

/// One module of V8's, as long as V8 has it. Owned by the map.
struct ModuleRecord {
  Isolate* isolate;
  std::shared_ptr<const ModuleInfo> info;
  std::weak_ptr<const Module> outside;
  std::shared_ptr<ImportMeta> meta;
  std::shared_ptr<ModuleResolver> importer;  // for its import()
  std::shared_ptr<const Text> json;          // until it is evaluated
  int hash = 0;
  size_t depth = 0;  // of what it imports, once that was found (module_depth.h)
  Local weak = nullptr;
  Local meta_function = nullptr;  // a global, and no Reference, which would keep the isolate alive
};

/// Owned by its isolate. Inside only, but for `note` and `forget`.
class ModuleMap {
 public:
  explicit ModuleMap(Isolate& isolate) : isolate_(isolate) {}
  ModuleMap(const ModuleMap&) = delete;
  ModuleMap& operator=(const ModuleMap&) = delete;

  /// Sets V8's hooks for import() and import.meta.
  void install();
  /// Before V8's heap goes: frees the records and ends what waits for a resolver. If V8 gave up in a
  /// collection its handles are left alone.
  void close(bool is_heap_safe);

  uint64_t new_id() { return ++last_id_; }
  std::shared_ptr<const Module> add(Local module, std::shared_ptr<const ModuleInfo> info,
                                    const MetaSource& meta, std::shared_ptr<const Text> json,
                                    CodeCacheResult cache = {});
  ModuleRecord* find(Local module);
  ModuleRecord* find(uint64_t id);
  /// For those that outside may have forgotten; linked in `context`.
  std::shared_ptr<const Module> outside_of(ModuleRecord& record, Local module, Local context);

  /// For import() in what is no module. Null: none.
  void set_importer(Local context, std::shared_ptr<ModuleResolver> importer);
  std::shared_ptr<ModuleResolver> importer_of(Local context) const;

  /// What waits for a resolver, to be ended with the isolate.
  void note(const std::shared_ptr<ModuleLinking>& linking);
  void forget(const ModuleLinking* linking);

 private:
  struct ContextImporter {
    ModuleMap* map;
    std::shared_ptr<ModuleResolver> importer;
    Local weak = nullptr;
  };

  static void on_module_collected(const v8abi::WeakCallbackInfo& info);
  static void on_context_collected(const v8abi::WeakCallbackInfo& info);
  void drop(ContextImporter* importer);

  Isolate& isolate_;
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<ModuleRecord>> records_;
  std::unordered_multimap<int, ModuleRecord*> by_hash_;  // V8's identity hashes are not unique
  std::vector<ContextImporter*> context_importers_;

  std::mutex linkings_mutex_;
  std::unordered_map<const ModuleLinking*, std::weak_ptr<ModuleLinking>> linkings_;
};

}  // namespace isolates::engine
