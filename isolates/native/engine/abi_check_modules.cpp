#include "engine/abi_check_modules.h"

#include "engine/copied_bytes.h"
#include "engine/isolate.h"
#include "engine/module_compile.h"
#include "engine/module_evaluate.h"
#include "engine/module_instantiate.h"
#include "engine/v8_abi_modules.h"

namespace isolates::engine {
namespace {

std::shared_ptr<const Module> module_of(Outcome outcome) {
  auto* value = std::get_if<Value>(&outcome);
  auto* made = value ? std::get_if<SharedTransferable>(value) : nullptr;
  return made ? std::static_pointer_cast<const Module>(*made) : nullptr;
}

Source source_of(const Text& code) {
  Source source;
  source.code = code;
  return source;
}

/// What `import.meta` gets.
class Meta final : public ImportMeta {
 public:
  Outcome fill(Isolate& isolate, Local context, Local meta, std::shared_ptr<const Module> module) override {
    Local key = v8abi::string_new_utf8(isolate.v8(), "id", 0, -1);
    Local id = v8abi::number_new(isolate.v8(), static_cast<double>(module->info().id));
    (void)v8abi::object_create_data_property(meta, context, key, id);
    return Value(Undefined{});
  }
};

/// Out of a code cache.
std::shared_ptr<const Module> compile_cached(Isolate& isolate, const Text& code) {
  auto compile = [&](CodeCacheRequest cache) {
    return module_of(
        CompileModuleOperation(source_of(code), {}, std::move(cache), Profile::kReadme).run(isolate));
  };
  auto made = compile({true, nullptr});
  auto bytes = made && made->cache().produced ? bytes_of_copy(*made->cache().produced) : std::nullopt;
  if (!bytes) return nullptr;
  auto used = compile({false, std::make_shared<const std::string>(std::move(*bytes))});
  return used && used->cache().rejected == false ? used : nullptr;
}

bool are_requests_right(const ModuleInfo& info) {
  if (info.requests.size() != 2 || info.requests[0].specifier.units != "first") return false;
  auto& attributes = info.requests[1].attributes;
  return info.requests[1].specifier.units == "second" && info.requests[1].wants_json() &&
         attributes.size() == 2 && attributes[1].first.units == "use" &&
         attributes[1].second.units == "test" && info.requests[0].attributes.empty();
}

}  // namespace

bool check_modules(Isolate& isolate, Local context) {
  Text code = Text::latin1(
      "import {x} from 'first'; import y from 'second' with {type: 'json', use: 'test'};"
      "globalThis.linked = x + y.list[1] + 100 * import.meta.id;"
      "import('third').catch(() => { globalThis.refused = true; });");
  Text exporting = Text::latin1("export let x = 2;");
  Text json = Text::latin1("{\"list\": [1, 40]}");
  auto run = [&](auto operation) { return module_of(operation.run(isolate)); };
  auto root =
      run(CompileModuleOperation(source_of(code), {std::make_shared<Meta>(), nullptr}, {}, Profile::kReadme));
  auto first = compile_cached(isolate, exporting);
  auto second = run(CompileJsonModuleOperation(source_of(json), Profile::kReadme));
  if (!root || !first || !second || !are_requests_right(root->info())) return false;
  if (root->set_dependency(Text::latin1("first"), first)) return false;
  if (root->set_dependency(Text::latin1("second"), second)) return false;

  auto linking = std::make_shared<ModuleLinking>(isolate.shared_from_this(), nullptr);
  bool found = false;
  linking->start(root, [&](std::optional<Failure> failure) { found = !failure; });
  auto handle = std::make_shared<RemoteHandle>(isolate, context);
  Outcome linked = LinkModulesOperation(std::move(linking), handle).run(isolate);
  if (!found || !std::holds_alternative<Value>(linked)) return false;
  Outcome evaluated = EvaluateOperation(root, {}).run(isolate);
  if (!std::holds_alternative<Value>(evaluated)) return false;
  v8abi::isolate_run_microtasks(isolate.v8());
  Local global = v8abi::context_global(context);
  auto get = [&](const char* name) {
    return v8abi::object_get(global, context, v8abi::string_new_utf8(isolate.v8(), name, 0, -1));
  };
  Local sum = get("linked");
  double expected = 42 + 100 * static_cast<double>(root->info().id);
  return v8abi::value_is_number(sum) && v8abi::value_number(sum, context).value == expected &&
         v8abi::value_is_true(get("refused"));
}

}  // namespace isolates::engine
