#include "engine/native_memory.h"

#ifdef __linux__

#include <malloc.h>

#include <iterator>

#include "engine/entry.h"
#include "engine/import_table.h"
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

/// Its own malloc, which it exports, is not libc's: malloc_usable_size does not know its blocks.
template <class Function>
Import counted(const char* name, Function* counting) {
  return {name, reinterpret_cast<void*>(counting), true};
}

}  // namespace

void install_native_memory() {
  // Blocks are measured by libc's malloc_usable_size, so only a library that uses libc's malloc is counted.
  original.malloc = ::malloc;
  original.calloc = ::calloc;
  original.realloc = ::realloc;
  original.free = ::free;
  const Import imports[] = {counted("malloc", counting_malloc), counted("calloc", counting_calloc),
                            counted("realloc", counting_realloc), counted("free", counting_free)};
  replace_imports(imports, std::size(imports));
}

}  // namespace isolates::engine

#else

namespace isolates::engine {
void install_native_memory() {}
}  // namespace isolates::engine

#endif
