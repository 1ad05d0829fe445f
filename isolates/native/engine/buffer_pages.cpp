#include "engine/buffer_pages.h"

#include "engine/entry.h"
#include "engine/isolate.h"
#include "engine/memory_ledger.h"
#include "engine/rescue.h"
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

MemoryLedger& ledger() { return MemoryLedger::instance(); }

/// Who pays for pages that this thread takes: what PagesFor says, or the isolate that runs.
thread_local bool is_payer_told = false;
thread_local ArrayBuffers* told_payer = nullptr;
thread_local bool leaves_on_failure = false;

struct Pages {
  PageAllocator* allocator = nullptr;
  void* start = nullptr;
  size_t length = 0;
};
thread_local Pages last_pages;  // while leaves_on_failure: what is given back then

void free_last_pages() {
  if (!last_pages.start) return;
  ledger().remove(last_pages.start);
  reservations.free(last_pages.allocator, last_pages.start, last_pages.length);
  last_pages = {};
}

/// There are no pages: V8 is told, unless it could not bear that.
void leave_if_told() {
  if (!leaves_on_failure) return;
  free_last_pages();
  leave_rescue_zone("no memory for a buffer");
}

bool find_payer(ArrayBuffers** payer) {
  *payer = told_payer;
  if (is_payer_told) return true;
  Entry* entry = Entry::innermost();
  if (entry) *payer = &entry->isolate().array_buffers();
  return entry;
}

/// V8's versions may call each other: only the outermost counts.
thread_local bool allocating = false;

template <class Allocate>
void* count_allocation(PageAllocator* self, size_t length, int permission, Allocate allocate) {
  ArrayBuffers* payer;
  if (allocating || !find_payer(&payer)) return allocate();
  allocating = true;
  void* pages = allocate();
  allocating = false;
  if (pages) {
    ledger().add_pages(pages, length, payer);
    if (permission != v8abi::kNoAccess && !ledger().commit(pages, length, payer)) {
      ledger().remove(pages);
      reservations.free(self, pages, length);
      pages = nullptr;
    }
  }
  if (!pages) {
    leave_if_told();
  } else if (leaves_on_failure) {
    last_pages = {self, pages, length};
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
  ledger().remove(address);
  return reservations.free(self, address, length);
}

bool commit(void* address, size_t length) {
  ArrayBuffers* payer;
  find_payer(&payer);
  return ledger().commit(address, length, payer);
}

template <Originals& originals>
bool set_permissions(PageAllocator* self, void* address, size_t length, int permission) {
  if (permission == v8abi::kNoAccess) ledger().decommit(address);
  bool is_set = (permission == v8abi::kNoAccess || commit(address, length)) &&
                originals.set_permissions(self, address, length, permission);
  if (!is_set) leave_if_told();
  return is_set;
}

template <Originals& originals>
bool recommit_pages(PageAllocator* self, void* address, size_t length, int permission) {
  return commit(address, length) && originals.recommit(self, address, length, permission);
}

template <Originals& originals>
bool decommit_pages(PageAllocator* self, void* address, size_t length) {
  ledger().decommit(address);
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

PagesFor::PagesFor(ArrayBuffers* payer, Failure failure) {
  is_payer_told = true;
  told_payer = payer;
  leaves_on_failure = failure == Failure::kLeave;
}

PagesFor::~PagesFor() {
  is_payer_told = false;
  told_payer = nullptr;
  leaves_on_failure = false;
  last_pages = {};
}

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
