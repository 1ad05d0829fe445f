#include "engine/module_compile.h"

#include <algorithm>
#include <string_view>

#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/module_map.h"
#include "engine/roots.h"
#include "engine/v8_abi_json.h"
#include "engine/v8_abi_modules.h"

namespace isolates::engine {
namespace {

Text filename_of(const Source& source) {
  return source.filename.length ? source.filename.to_text() : Text::latin1("<isolated-vm>");
}

/// `needle` in a text, if it is followed by something that `may_follow`.
template <class Unit, class Follow>
bool contains(std::basic_string_view<Unit> text, std::string_view needle, Follow may_follow) {
  auto at = text.begin();
  while (true) {
    at = std::search(at, text.end(), needle.begin(), needle.end());
    if (at == text.end()) return false;
    at += static_cast<std::ptrdiff_t>(needle.size());
    if (may_follow(at, text.end())) return true;
  }
}

template <class Unit>
bool may_import(std::basic_string_view<Unit> text) {
  auto anything = [](auto, auto) { return true; };
  auto call = [](auto at, auto end) {
    while (at != end && (*at <= ' ' || *at > 0x7f)) ++at;
    return at != end && (*at == '(' || *at == '/' || *at == '.');
  };
  return contains(text, "import", call) || contains(text, "eval", anything) ||
         contains(text, "Function", anything);
}

/// Whether code of this source may come to an import(). A resolver is kept for those alone: what it holds on
/// to often holds on to modules in turn, and no collector sees such a cycle.
bool may_import(const TextView& code) {
  if (code.two_byte) {
    return may_import(std::basic_string_view<char16_t>(static_cast<const char16_t*>(code.data), code.length));
  }
  return may_import(
      std::basic_string_view<unsigned char>(static_cast<const unsigned char*>(code.data), code.length));
}

std::optional<Failure> read_requests(Isolate& isolate, Local module, std::vector<ModuleRequest>& requests) {
  Local all = v8abi::module_requests(module);
  int count = v8abi::fixed_array_length(all);
  requests.reserve(static_cast<size_t>(count));
  for (int index = 0; index < count; ++index) {
    HandleScope handles(isolate.v8());
    Local request = v8abi::fixed_array_get(all, index);
    auto specifier = read_text(isolate, v8abi::module_request_specifier(request));
    if (!specifier) return no_room_for_source();
    Local attributes = v8abi::module_request_attributes(request);
    requests.push_back(
        {std::move(*specifier), read_attributes(isolate, attributes, v8abi::kStaticAttributeStep)});
  }
  return std::nullopt;
}

/// What import() tells of its module (module_hooks.cpp).
Local host_options(Isolate& isolate, uint64_t id) {
  Local options = v8abi::primitive_array_new(isolate.v8(), 1);
  v8abi::primitive_array_set(options, isolate.v8(), 0,
                             v8abi::number_new(isolate.v8(), static_cast<double>(id)));
  return options;
}

}  // namespace

std::vector<std::pair<Text, Text>> read_attributes(Isolate& isolate, Local array, int step) {
  std::vector<std::pair<Text, Text>> attributes;
  int length = v8abi::fixed_array_length(array);
  for (int index = 0; index + 1 < length; index += step) {
    auto key = read_text(isolate, v8abi::fixed_array_get(array, index));
    auto value = read_text(isolate, v8abi::fixed_array_get(array, index + 1));
    attributes.emplace_back(std::move(key).value_or(Text{}), std::move(value).value_or(Text{}));
  }
  return attributes;
}

Outcome CompileModuleOperation::run(Isolate& isolate) {
  if (auto refused = refuse_length(isolate, source_)) return std::move(*refused);
  Local context = isolate.default_context();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto source = to_v8(isolate, source_);
  if (!source.source || !source.resource_name) return no_room_for_source();
  auto info = std::make_shared<ModuleInfo>();
  info->id = isolate.modules().new_id();
  info->profile = profile_;
  source.options = v8abi::kIsModuleSource;
  source.host_defined_options = host_options(isolate, info->id);
  CodeCache cache(CodeCache::Of::kModule, cache_, source_.code);
  int options = cache.attach(source);
  Local module = v8abi::module_compile(isolate.v8(), &source, options, 0);
  if (!module) return compile_failure(isolate, context, caught);
  auto cached = cache.finish(module, profile_);
  info->filename = filename_of(source_);
  info->may_import = may_import(source_.code);
  if (auto failure = read_requests(isolate, module, info->requests)) return std::move(*failure);
  return Value(isolate.modules().add(module, std::move(info), meta_, nullptr, std::move(cached)));
}

namespace {

Local parse(Isolate& isolate, Local context, const TextView& json) {
  Local text = new_string(isolate, json);
  return text ? v8abi::json_parse(context, text, {}) : nullptr;
}

/// By V8, once, inside the context that the module is linked into.
Local evaluate_json(Local context, Local module) {
  Isolate& isolate = Isolate::current(nullptr);
  ModuleRecord* record = isolate.modules().find(module);
  auto json = std::move(record->json);
  Local name = v8abi::string_new_utf8(isolate.v8(), "default", 0, -1);
  Local value = parse(isolate, context, *json);
  if (!value || !v8abi::module_set_export(module, isolate.v8(), name, value).has) return nullptr;
  Local resolver = v8abi::resolver_new(context);
  if (!resolver) return nullptr;
  if (!v8abi::resolver_resolve(resolver, context, Roots::instance().undefined_local()).has) return nullptr;
  return v8abi::resolver_promise(resolver);
}

}  // namespace

Outcome CompileJsonModuleOperation::run(Isolate& isolate) {
  if (auto refused = refuse_length("json", source_, isolate.memory_limit_bytes())) return std::move(*refused);
  Local context = isolate.default_context();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  {
    HandleScope handles(isolate.v8());  // only for its errors
    Local value = parse(isolate, context, source_.code);
    if (!value && !caught.has_caught()) return no_room_for_source();
    if (!value) return thrown_failure(isolate, context, caught);
  }
  auto info = std::make_shared<ModuleInfo>();
  info->id = isolate.modules().new_id();
  info->profile = profile_;
  info->filename = filename_of(source_);
  info->is_json = true;
  Local name = new_string(isolate, info->filename);
  Local exported = v8abi::string_new_utf8(isolate.v8(), "default", 0, -1);
  if (!name) return no_room_for_source();
  v8abi::LocalSpan exports{&exported, 1};
  Local module = v8abi::module_new_synthetic(isolate.v8(), name, exports, evaluate_json);
  auto json = std::make_shared<const Text>(source_.code.to_text());
  return Value(isolate.modules().add(module, std::move(info), {}, std::move(json)));
}

}  // namespace isolates::engine
