#include "engine/buffer_pages.h"

#include <atomic>
#include <map>
#include <mutex>

#include "engine/entry.h"
#include "engine/isolate.h"
#include "engine/vtable_patch.h"

namespace isolates::engine {
namespace {

using v8abi::PageAllocator;
using AllocatePages = void* (*)(PageAllocator*, void*, size_t, size_t, int);
using AllocatePagesWithHint = void* (*)(PageAllocator*, size_t, size_t, int, v8abi::AllocationHint);
using FreePages = bool (*)(PageAllocator*, void*, size_t);
using SetPermissions = bool (*)(PageAllocator*, void*, size_t, int);
using DecommitPages = bool (*)(PageAllocator*, void*, size_t);

struct Originals {
  AllocatePages allocate = nullptr;
  AllocatePagesWithHint allocate_with_hint = nullptr;
  FreePages free = nullptr;
  SetPermissions set_permissions = nullptr;
  SetPermissions recommit = nullptr;
  DecommitPages decommit = nullptr;
};
Originals reservations;  // of the allocator for backing stores
Originals platform;      // of the allocator that grows them

/// The reservations of all isolates. Any thread; a leaf lock.
class Regions {
 public:
  void add(uintptr_t start, size_t length, ArrayBuffers* owner) {
    owner->add_owner();
    std::lock_guard<std::mutex> guard(mutex_);
    regions_[start] = {length, 0, owner};
    count_.store(regions_.size(), std::memory_order_relaxed);
  }

  void remove(uintptr_t start) {
    Region region{};
    {
      std::lock_guard<std::mutex> guard(mutex_);
      auto found = regions_.find(start);
      if (found == regions_.end()) return;
      region = found->second;
      regions_.erase(found);
      count_.store(regions_.size(), std::memory_order_relaxed);
    }
    region.owner->give_back(region.committed);
    region.owner->drop_owner();
  }

  /// The region around `address` is committed up to `end`. False: over the limit of its isolate.
  bool commit(void* address, size_t length) {
    if (count_.load(std::memory_order_relaxed) == 0) return true;
    std::lock_guard<std::mutex> guard(mutex_);
    Region* region = nullptr;
    size_t committed = find(address, &region) + length;
    if (!region || committed <= region->committed || committed > region->length) return true;
    if (!region->owner->take(committed - region->committed)) return false;
    region->committed = committed;
    return true;
  }

  /// From `address` on, the region around it is not committed any more.
  void decommit(void* address) {
    if (count_.load(std::memory_order_relaxed) == 0) return;
    std::lock_guard<std::mutex> guard(mutex_);
    Region* region = nullptr;
    size_t committed = find(address, &region);
    if (!region || committed >= region->committed) return;
    region->owner->give_back(region->committed - committed);
    region->committed = committed;
  }

 private:
  struct Region {
    size_t length;
    size_t committed;
    ArrayBuffers* owner;
  };

  size_t find(void* address, Region** region) {
    auto where = reinterpret_cast<uintptr_t>(address);
    auto after = regions_.upper_bound(where);
    if (after == regions_.begin()) return 0;
    auto& [start, candidate] = *std::prev(after);
    if (where - start < candidate.length) *region = &candidate;
    return where - start;
  }

  std::mutex mutex_;
  std::map<uintptr_t, Region> regions_;
  std::atomic<size_t> count_{0};
};
Regions& regions() {
  static auto* it = new Regions();
  return *it;
}

/// V8's versions may call each other: only the outermost counts.
thread_local bool allocating = false;

template <class Allocate>
void* count_allocation(PageAllocator* self, size_t length, int permission, Allocate allocate) {
  Entry* entry = Entry::innermost();
  if (allocating || !entry) return allocate();
  allocating = true;
  void* pages = allocate();
  allocating = false;
  if (!pages) return nullptr;
  regions().add(reinterpret_cast<uintptr_t>(pages), length, &entry->isolate().array_buffers());
  if (permission != v8abi::kNoAccess && !regions().commit(pages, length)) {
    regions().remove(reinterpret_cast<uintptr_t>(pages));
    reservations.free(self, pages, length);
    return nullptr;
  }
  return pages;
}

void* allocate_pages(PageAllocator* self, void* address, size_t length, size_t alignment, int permission) {
  auto allocate = [&] { return reservations.allocate(self, address, length, alignment, permission); };
  return count_allocation(self, length, permission, allocate);
}

void* allocate_pages_with_hint(PageAllocator* self, size_t length, size_t alignment, int permission,
                               v8abi::AllocationHint hint) {
  auto allocate = [&] { return reservations.allocate_with_hint(self, length, alignment, permission, hint); };
  return count_allocation(self, length, permission, allocate);
}

bool free_pages(PageAllocator* self, void* address, size_t length) {
  regions().remove(reinterpret_cast<uintptr_t>(address));
  return reservations.free(self, address, length);
}

template <Originals& originals>
bool set_permissions(PageAllocator* self, void* address, size_t length, int permission) {
  if (permission == v8abi::kNoAccess) {
    regions().decommit(address);
  } else if (!regions().commit(address, length)) {
    return false;
  }
  return originals.set_permissions(self, address, length, permission);
}

template <Originals& originals>
bool recommit_pages(PageAllocator* self, void* address, size_t length, int permission) {
  return regions().commit(address, length) && originals.recommit(self, address, length, permission);
}

template <Originals& originals>
bool decommit_pages(PageAllocator* self, void* address, size_t length) {
  regions().decommit(address);
  return originals.decommit(self, address, length);
}

using Patch = VtablePatch<v8abi::kPageAllocatorVtableSlots>;

template <Originals& originals>
void patch_commits(Patch& patch) {
  originals.set_permissions =
      patch.replace<SetPermissions>(v8abi::kSetPermissionsSlot, set_permissions<originals>);
  originals.recommit = patch.replace<SetPermissions>(v8abi::kRecommitPagesSlot, recommit_pages<originals>);
  originals.decommit = patch.replace<DecommitPages>(v8abi::kDecommitPagesSlot, decommit_pages<originals>);
}

}  // namespace

void install_buffer_pages() {
  void* for_buffers = v8abi::backing_store_page_allocator(v8abi::default_isolate_group).object;
  void* for_growth = v8abi::platform_page_allocator();
  auto& patch = *new Patch(for_buffers);
  reservations.allocate = patch.replace<AllocatePages>(v8abi::kAllocatePagesSlot, allocate_pages);
  reservations.allocate_with_hint =
      patch.replace<AllocatePagesWithHint>(v8abi::kAllocatePagesWithHintSlot, allocate_pages_with_hint);
  reservations.free = patch.replace<FreePages>(v8abi::kFreePagesSlot, free_pages);
  patch_commits<reservations>(patch);
  patch.install();
  if (for_growth == for_buffers) return;
  auto& growth = *new Patch(for_growth);
  patch_commits<platform>(growth);
  growth.install();
}

}  // namespace isolates::engine
