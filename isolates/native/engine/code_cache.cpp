#include "engine/code_cache.h"

#include "engine/copied_bytes.h"
#include "engine/v8_free.h"

namespace isolates::engine {
namespace {

uint64_t tag_of(const TextView& code) {
  return SealedBytes::checksum(code.data, code.size_bytes()) + (code.two_byte ? 1 : 0);
}

v8abi::CachedData* make(CodeCache::Of what, v8abi::Local compiled) {
  if (what == CodeCache::Of::kScript) return v8abi::code_cache_of_script(compiled);
  return v8abi::code_cache_of_module(v8abi::module_unbound_script(compiled));
}

}  // namespace

CodeCache::CodeCache(Of what, const CodeCacheRequest& request, const TextView& code)
    : what_(what), request_(request), source_tag_(request.produce || request.given ? tag_of(code) : 0) {}

CodeCache::~CodeCache() {
  if (attached_) v8abi::cached_data_destroy(&*attached_);
}

SealedBytes::Kind CodeCache::kind() const {
  return what_ == Of::kScript ? SealedBytes::Kind::kScriptCache : SealedBytes::Kind::kModuleCache;
}

int CodeCache::attach(v8abi::ScriptSource& source) {
  if (!request_.given) return 0;
  auto opened = SealedBytes::open(request_.given->data(), request_.given->size(), kind());
  if (!opened || opened->tag != source_tag_) return 0;
  attached_.emplace();
  v8abi::cached_data_construct(&*attached_, reinterpret_cast<const uint8_t*>(opened->content),
                               static_cast<int>(opened->size), v8abi::kBufferNotOwned);
  source.cached_data = &*attached_;
  return v8abi::kConsumeCodeCache;
}

CodeCacheResult CodeCache::finish(v8abi::Local compiled, Profile profile) {
  CodeCacheResult result;
  if (request_.given) result.rejected = !attached_ || attached_->rejected;
  if (!request_.produce) return result;
  v8abi::CachedData* made = make(what_, compiled);
  if (!made) return result;
  std::string bytes = SealedBytes::begin(static_cast<size_t>(made->length));
  bytes.append(reinterpret_cast<const char*>(made->data), static_cast<size_t>(made->length));
  v8abi::cached_data_destroy(made);
  free_from_v8(made);
  SealedBytes::close(bytes, kind(), source_tag_);
  result.produced = copy_of_bytes(bytes, profile);
  return result;
}

}  // namespace isolates::engine
