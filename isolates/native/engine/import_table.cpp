#include "engine/import_table.h"

#include "engine/v8_abi.h"

#ifdef __linux__

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace isolates::engine {
namespace {

void replace(void** slot, void* function) {
  auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto* page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot) & ~(page_size - 1));
  if (mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return;
  *slot = function;
}

/// What the dynamic linker knows of a library.
struct Tables {
  ElfW(Addr) base = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  struct Relocations {
    const ElfW(Rela) * first = nullptr;
    size_t bytes = 0;
  } data, calls;
};

const link_map* find_library(void* function) {
  Dl_info library{};
#ifdef __GLIBC__  // the only way to the program itself
  void* map = nullptr;
  return dladdr1(function, &library, &map, RTLD_DL_LINKMAP) ? static_cast<link_map*>(map) : nullptr;
#else
  if (!dladdr(function, &library)) return nullptr;
  void* handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return nullptr;
  return map;
#endif
}

Tables find_tables(void* function) {
  Tables tables;
  const link_map* map = find_library(function);
  if (!map) return tables;
  tables.base = map->l_addr;
  for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
    // glibc has added the library's base to addresses in this table, musl has not.
    ElfW(Addr) value = entry->d_un.d_ptr;
    auto* address = reinterpret_cast<void*>(value < map->l_addr ? value + map->l_addr : value);
    if (entry->d_tag == DT_SYMTAB) tables.symbols = static_cast<const ElfW(Sym)*>(address);
    if (entry->d_tag == DT_STRTAB) tables.names = static_cast<const char*>(address);
    if (entry->d_tag == DT_RELA) tables.data.first = static_cast<const ElfW(Rela)*>(address);
    if (entry->d_tag == DT_JMPREL) tables.calls.first = static_cast<const ElfW(Rela)*>(address);
    if (entry->d_tag == DT_RELASZ) tables.data.bytes = entry->d_un.d_val;
    if (entry->d_tag == DT_PLTRELSZ) tables.calls.bytes = entry->d_un.d_val;
  }
  return tables;
}

/// By the place, not by the function's address: in a program with fixed addresses (Debian's Python is one),
/// an address that is taken is that of a stub in the program, while calls are bound to the function itself.
bool is_bound_to_another_library(const Tables& tables, const void* function) {
  Dl_info library{};
  return dladdr(function, &library) && library.dli_fbase != reinterpret_cast<void*>(tables.base);
}

/// The relocations of one table that bind an import to its function.
void replace_in(const Tables& tables, Tables::Relocations relocations, const Import* imports, size_t count) {
  if (!relocations.first) return;
  auto* end = relocations.first + relocations.bytes / sizeof *relocations.first;
  for (auto* entry = relocations.first; entry < end; ++entry) {
    auto symbol = ELF64_R_SYM(entry->r_info);
    if (symbol == 0 || entry->r_addend != 0) continue;
    for (const Import* import = imports; import < imports + count; ++import) {
      if (std::strcmp(tables.names + tables.symbols[symbol].st_name, import->name) != 0) continue;
      auto* slot = reinterpret_cast<void**>(tables.base + entry->r_offset);
      if (import->only_of_others && !is_bound_to_another_library(tables, *slot)) continue;
      replace(slot, import->replacement);
    }
  }
}

}  // namespace

void replace_imports(void* function, const Import* imports, size_t count) {
  Tables tables = find_tables(function);
  if (!tables.symbols || !tables.names) return;
  replace_in(tables, tables.data, imports, count);
  replace_in(tables, tables.calls, imports, count);
}

}  // namespace isolates::engine

#else

namespace isolates::engine {
void replace_imports(void*, const Import*, size_t) {}
}  // namespace isolates::engine

#endif

namespace isolates::engine {
void replace_imports(const Import* imports, size_t count) {
  replace_imports(reinterpret_cast<void*>(v8abi::mr_v8_version), imports, count);
}
}  // namespace isolates::engine
