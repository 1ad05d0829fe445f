#include "engine/module_map.h"

#include <algorithm>

#include "engine/isolate.h"
#include "engine/module_hooks.h"
#include "engine/module_linking.h"
#include "engine/reference.h"
#include "engine/v8_abi_modules.h"

namespace isolates::engine {
namespace {

/// What faces gave may take the GIL to go, which a collection must not wait for.
void drop_later(ModuleRecord& record) {
  record.isolate->defer([meta = std::move(record.meta), importer = std::move(record.importer)] {});
}

}  // namespace

void ModuleMap::install() {
  v8abi::isolate_set_import_callback(isolate_.v8(), on_import);
  v8abi::isolate_set_import_meta_callback(isolate_.v8(), on_import_meta);
}

std::shared_ptr<const Module> ModuleMap::add(Local module, std::shared_ptr<const ModuleInfo> info,
                                             const MetaSource& meta, std::shared_ptr<const Text> json,
                                             CodeCacheResult cache) {
  auto outside = std::make_shared<const Module>(std::make_shared<RemoteHandle>(isolate_, module), info,
                                                std::move(cache));
  auto record = std::make_unique<ModuleRecord>(
      ModuleRecord{&isolate_, std::move(info), outside, meta.host, nullptr, std::move(json)});
  record->hash = v8abi::module_identity_hash(module);
  record->weak = v8abi::global_new(isolate_.v8(), *module);
  v8abi::global_make_weak(record->weak, record.get(), on_module_collected, 0);
  if (meta.function) record->meta_function = v8abi::global_new(isolate_.v8(), *meta.function->value());
  by_hash_.emplace(record->hash, record.get());
  records_.emplace(record->info->id, std::move(record));
  return outside;
}

void ModuleMap::on_module_collected(const v8abi::WeakCallbackInfo& info) {
  auto* record = static_cast<ModuleRecord*>(info.parameter);
  ModuleMap& map = record->isolate->modules();
  v8abi::global_delete(record->weak);
  if (record->meta_function) v8abi::global_delete(record->meta_function);
  auto [first, last] = map.by_hash_.equal_range(record->hash);
  auto found = std::find_if(first, last, [&](auto& entry) { return entry.second == record; });
  if (found != last) map.by_hash_.erase(found);
  drop_later(*record);
  map.records_.erase(record->info->id);
}

ModuleRecord* ModuleMap::find(Local module) {
  auto [first, last] = by_hash_.equal_range(v8abi::module_identity_hash(module));
  auto found = std::find_if(first, last, [&](auto& entry) { return *entry.second->weak == *module; });
  return found == last ? nullptr : found->second;
}

ModuleRecord* ModuleMap::find(uint64_t id) {
  auto found = records_.find(id);
  return found == records_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const Module> ModuleMap::outside_of(ModuleRecord& record, Local module, Local context) {
  auto outside = record.outside.lock();
  if (outside) return outside;
  outside = std::make_shared<const Module>(std::make_shared<RemoteHandle>(isolate_, module), record.info);
  outside->set_linked(std::make_shared<RemoteHandle>(isolate_, context, RemoteHandle::Count::kNo));
  record.outside = outside;
  return outside;
}

// --- Contexts ---

void ModuleMap::set_importer(Local context, std::shared_ptr<ModuleResolver> importer) {
  auto is_of = [&](ContextImporter* it) { return *it->weak == *context; };
  auto found = std::find_if(context_importers_.begin(), context_importers_.end(), is_of);
  if (found != context_importers_.end()) {
    v8abi::global_delete((*found)->weak);
    drop(*found);
  }
  if (!importer) return;
  auto* made = new ContextImporter{this, std::move(importer)};
  made->weak = v8abi::global_new(isolate_.v8(), *context);
  v8abi::global_make_weak(made->weak, made, on_context_collected, 0);
  context_importers_.push_back(made);
}

std::shared_ptr<ModuleResolver> ModuleMap::importer_of(Local context) const {
  for (ContextImporter* it : context_importers_) {
    if (*it->weak == *context) return it->importer;
  }
  return nullptr;
}

void ModuleMap::on_context_collected(const v8abi::WeakCallbackInfo& info) {
  auto* it = static_cast<ContextImporter*>(info.parameter);
  v8abi::global_delete(it->weak);
  it->map->drop(it);
}

void ModuleMap::drop(ContextImporter* it) {
  context_importers_.erase(std::find(context_importers_.begin(), context_importers_.end(), it));
  isolate_.defer([importer = std::move(it->importer)] {});
  delete it;
}

// --- The end ---

void ModuleMap::note(const std::shared_ptr<ModuleLinking>& linking) {
  std::lock_guard<std::mutex> guard(linkings_mutex_);
  linkings_.emplace(linking.get(), linking);
}

void ModuleMap::forget(const ModuleLinking* linking) {
  std::lock_guard<std::mutex> guard(linkings_mutex_);
  linkings_.erase(linking);
}

void ModuleMap::close(bool is_heap_safe) {
  std::vector<std::shared_ptr<ModuleLinking>> waiting;
  {
    std::lock_guard<std::mutex> guard(linkings_mutex_);
    for (auto& [key, weak] : linkings_) {
      if (auto linking = weak.lock()) waiting.push_back(std::move(linking));
    }
    linkings_.clear();
  }
  isolate_.defer([waiting = std::move(waiting)] {
    for (auto& linking : waiting) {
      linking->fail({Fault::kDisposed, "Isolate was disposed during execution", {}});
    }
  });
  for (auto& [id, record] : records_) {
    if (is_heap_safe) v8abi::global_delete(record->weak);
    drop_later(*record);
    if (auto outside = record->outside.lock()) isolate_.defer([outside] { outside->drop_links(); });
  }
  by_hash_.clear();
  records_.clear();
  while (!context_importers_.empty()) {
    if (is_heap_safe) v8abi::global_delete(context_importers_.back()->weak);
    drop(context_importers_.back());
  }
}

}  // namespace isolates::engine
