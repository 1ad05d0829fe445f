#include "engine/buffers_check.h"

#include <cstring>

#include "engine/external_copy.h"

namespace isolates::engine {
namespace {

class Checks {
 public:
  Checks(Isolate& isolate, Local context, Local (*eval)(void*, const char*), void* self)
      : isolate_(isolate), context_(context), eval_(eval), self_(self) {}

  bool all() { return stores() && resizable_stores() && shared_stores() && texts() && modules(); }

 private:
  size_t allocated() const { return isolate_.array_buffers().allocated_bytes(); }

  /// From one ArrayBuffer through an ExternalCopy to another one, with the same memory.
  bool stores() {
    size_t before = allocated(), outside = ExternalCopy::total_bytes();
    Local from = eval_(self_, "new Uint8Array(5000).fill(7)");
    if (!from || allocated() != before + 5000) return false;
    CopyOptions options;
    options.transfer_out = true;
    auto copy = ExternalCopy::of(isolate_, context_, from, options, Profile::kReadme);
    auto* made = std::get_if<std::shared_ptr<const ExternalCopy>>(&copy);
    if (!made || allocated() != before || ExternalCopy::total_bytes() < outside + 5000) return false;
    auto window = (*made)->copy()->window();
    if (!window || window->view != 'B' || window->length != 5000) return false;
    auto back = (*made)->to_local(isolate_, context_, CopyBuffers::kTaken);
    auto* local = std::get_if<Local>(&back);
    if (!local || allocated() != before + 5000) return false;
    BackingStore store(v8abi::array_buffer_backing_store(v8abi::array_buffer_view_buffer(*local)));
    return store.length() == 5000 && store.data()[4999] == 7 && !store.is_shared() && !store.is_wasm_memory();
  }

  bool resizable_stores() {
    size_t before = allocated();
    auto store = BackingStore::allocate_resizable(10, 100000, v8abi::kNotShared, &isolate_.array_buffers(),
                                                  isolate_.v8());
    return store && store.length() == 10 && store.max_length() == 100000 && store.is_resizable() &&
           allocated() > before;
  }

  bool shared_stores() {
    auto store = BackingStore::allocate(64, v8abi::kShared);
    if (!store || !store.is_shared() || store.data()[63] != 0) return false;
    Local wasm = eval_(self_, "new WebAssembly.Memory({initial: 1, maximum: 1, shared: true}).buffer");
    return wasm && BackingStore(v8abi::shared_array_buffer_backing_store(wasm)).is_wasm_memory();
  }

  bool texts() {
    std::u16string units(2000, u'\u263a');
    auto text = SharedText::copy_of({units.data(), units.size(), true});
    size_t before = allocated();
    Local string = text ? text->to_local(isolate_) : nullptr;
    if (!string || v8abi::string_length(string) != 2000 || allocated() != before + 4000) return false;
    char16_t last = 0;
    v8abi::string_write_two_byte(string, isolate_.v8(), 1999, 1, reinterpret_cast<uint16_t*>(&last), 0);
    return last == u'\u263a';
  }

  bool modules() {
    // A module with a name of 30 letters, so that the text of V8's string lies outside of it.
    Local module = eval_(self_,
                         "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 0, 38, 4, 110, "
                         "97, 109, 101, 0, 31, 30, ...Array(30).fill(120)]))");
    if (!module) return false;
    auto compiled = v8abi::wasm_module_compiled(module);
    bool is_long = (compiled.url_capacity >> 63) != 0;
    bool is_url = is_long && compiled.url_length > 30 && std::memcmp(compiled.url_text, "wasm://", 7) == 0;
    v8abi::backing_store_control_slot(v8abi::kOnZeroSharedWeakSlot)(compiled.url_text);
    V8Shared native_module(compiled.native_module);
    return is_url && native_module.get() && WasmModule::of(module)->to_local(isolate_.v8());
  }

  Isolate& isolate_;
  Local context_;
  Local (*eval_)(void*, const char*);
  void* self_;
};

}  // namespace

bool check_buffers(Isolate& isolate, Local context, Local (*eval)(void*, const char*), void* self) {
  return Checks(isolate, context, eval, self).all();
}

}  // namespace isolates::engine
