#include "engine/block_cache.h"

#include <algorithm>

namespace isolates::engine {
namespace {

constexpr size_t kSmallest = 512 << 10;  // V8's allocator keeps smaller ones itself
constexpr size_t kLargest = 16 << 20;
constexpr size_t kTogether = 64 << 20;  // what V8 lets become garbage before it collects

}  // namespace

BlockCache& BlockCache::instance() {
  static auto* it = new BlockCache();
  return *it;
}

void* BlockCache::take(size_t length) {
  if (length < kSmallest || length > kLargest) return nullptr;
  std::lock_guard<std::mutex> guard(mutex_);
  auto fits = [&](const Block& block) { return block.length == length; };
  auto found = std::find_if(blocks_.rbegin(), blocks_.rend(), fits);
  if (found == blocks_.rend()) return nullptr;
  void* data = found->data;
  blocks_.erase(std::next(found).base());
  bytes_ -= length;
  return data;
}

bool BlockCache::keep(Block block, std::vector<Block>& evicted) {
  if (block.length < kSmallest || block.length > kLargest) return false;
  std::lock_guard<std::mutex> guard(mutex_);
  blocks_.push_back(block);
  bytes_ += block.length;
  for (; bytes_ > kTogether; blocks_.pop_front()) {
    bytes_ -= blocks_.front().length;
    evicted.push_back(blocks_.front());
  }
  return true;
}

}  // namespace isolates::engine
