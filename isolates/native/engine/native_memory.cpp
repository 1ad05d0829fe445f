#include "engine/native_memory.h"

#ifdef __linux__

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "engine/entry.h"
#include "engine/isolate.h"

namespace isolates::engine {
namespace {

struct Allocator {
  void* (*malloc)(size_t) = nullptr;
  void* (*calloc)(size_t, size_t) = nullptr;
  void* (*realloc)(void*, size_t) = nullptr;
  void (*free)(void*) = nullptr;
};
Allocator original;

NativeMemory* current_memory() {
  Entry* entry = Entry::innermost();
  return entry ? &entry->isolate().native_memory() : nullptr;
}

int64_t size_of(void* block) { return static_cast<int64_t>(malloc_usable_size(block)); }

template <class Allocate>
void* count(Allocate allocate) {
  NativeMemory* memory = current_memory();
  if (!memory) return allocate();
  if (memory->is_exhausted()) return nullptr;
  void* block = allocate();
  if (block) memory->add(size_of(block));
  return block;
}

void* counting_malloc(size_t size) {
  return count([=] { return original.malloc(size); });
}

void* counting_calloc(size_t number, size_t size) {
  return count([=] { return original.calloc(number, size); });
}

void* counting_realloc(void* block, size_t size) {
  int64_t before = block ? size_of(block) : 0;
  return count([=]() -> void* {
    void* moved = original.realloc(block, size);
    if (NativeMemory* memory = moved ? current_memory() : nullptr) memory->add(-before);
    return moved;
  });
}

void counting_free(void* block) {
  if (NativeMemory* memory = block ? current_memory() : nullptr) memory->add(-size_of(block));
  original.free(block);
}

void replace(void** slot, void* function) {
  auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto* page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot) & ~(page_size - 1));
  if (mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return;
  *slot = function;
}

struct Import {
  const char* name;
  void** original;
  void* counting;
};

/// The relocations of one table that bind an import to its function.
void replace_in(const ElfW(Rela) * first, size_t bytes, const ElfW(Sym) * symbols, const char* names,
                ElfW(Addr) base) {
  const Import imports[] = {
      {"malloc", reinterpret_cast<void**>(&original.malloc), reinterpret_cast<void*>(counting_malloc)},
      {"calloc", reinterpret_cast<void**>(&original.calloc), reinterpret_cast<void*>(counting_calloc)},
      {"realloc", reinterpret_cast<void**>(&original.realloc), reinterpret_cast<void*>(counting_realloc)},
      {"free", reinterpret_cast<void**>(&original.free), reinterpret_cast<void*>(counting_free)}};
  for (auto* entry = first; entry < first + bytes / sizeof *first; ++entry) {
    auto symbol = ELF64_R_SYM(entry->r_info);
    if (symbol == 0 || entry->r_addend != 0) continue;
    for (const Import& import : imports) {
      if (std::strcmp(names + symbols[symbol].st_name, import.name) != 0) continue;
      auto* slot = reinterpret_cast<void**>(base + entry->r_offset);
      if (*slot != *import.original)
        continue;  // bound to another allocator than the one that we measure with
      replace(slot, import.counting);
    }
  }
}

/// V8's library as the dynamic linker knows it.
const link_map* find_library() {
  Dl_info library{};
  if (!dladdr(reinterpret_cast<void*>(v8abi::mr_v8_version), &library)) return nullptr;
  void* handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return nullptr;
  return map;  // the library stays: mini-racer never unloads it
}

}  // namespace

void install_native_memory() {
  // Blocks are measured by libc's malloc_usable_size, so only a library that uses libc's malloc is counted.
  original.malloc = ::malloc;
  original.calloc = ::calloc;
  original.realloc = ::realloc;
  original.free = ::free;
  const link_map* map = find_library();
  if (!map) return;
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela)* relocations = nullptr, *calls = nullptr;
  size_t relocation_bytes = 0, call_bytes = 0;
  for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
    // glibc has added the library's base to addresses in this table, musl has not.
    ElfW(Addr) value = entry->d_un.d_ptr;
    auto* address = reinterpret_cast<void*>(value < map->l_addr ? value + map->l_addr : value);
    if (entry->d_tag == DT_SYMTAB) symbols = static_cast<const ElfW(Sym)*>(address);
    if (entry->d_tag == DT_STRTAB) names = static_cast<const char*>(address);
    if (entry->d_tag == DT_RELA) relocations = static_cast<const ElfW(Rela)*>(address);
    if (entry->d_tag == DT_JMPREL) calls = static_cast<const ElfW(Rela)*>(address);
    if (entry->d_tag == DT_RELASZ) relocation_bytes = entry->d_un.d_val;
    if (entry->d_tag == DT_PLTRELSZ) call_bytes = entry->d_un.d_val;
  }
  if (!symbols || !names) return;
  if (relocations) replace_in(relocations, relocation_bytes, symbols, names, map->l_addr);
  if (calls) replace_in(calls, call_bytes, symbols, names, map->l_addr);
}

}  // namespace isolates::engine

#else

namespace isolates::engine {
void install_native_memory() {}
}  // namespace isolates::engine

#endif
