// Module, as Python sees it.
#include "bind/module.h"

#include "bind/code_cache.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/private_init.h"
#include "engine/module_compile.h"
#include "engine/module_evaluate.h"
#include "engine/module_instantiate.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

const engine::Failure kReleased{engine::Fault::kReleased, "Module has been released", {}};

const engine::Module& self_module(PyObject* self) {
  auto& handle = self_as<ModuleObject>(self);
  if (!handle.module) raise(kReleased);
  return *handle.module;
}

// --- Isolate.compile_module ---

template <Form form>
py::object compile_module(PyObject* self, const Arguments& arguments) {
  auto isolate = self_as<IsolateObject>(self).isolate;
  TextOfStr code(arguments.str("code")), filename = arguments.text("filename");
  engine::Source source;
  source.code = code.view();
  source.filename = filename.view();
  source.line_offset = arguments.offset("line_offset");
  source.column_offset = arguments.offset("column_offset");
  auto cache = read_code_cache(arguments);
  source.own();
  return build_call(form, [&] {
    auto meta = read_import_meta(arguments, isolate);
    return call(form, isolate,
                std::make_unique<engine::CompileModuleOperation>(std::move(source), std::move(meta),
                                                                 std::move(cache), kProfile),
                {});
  });
}

template <Form form>
py::object compile_json_module(PyObject* self, const Arguments& arguments) {
  auto isolate = self_as<IsolateObject>(self).isolate;
  TextOfStr json(arguments.str("json")), filename = arguments.text("filename");
  engine::Source source;
  source.code = json.view();
  source.filename = filename.view();
  source.own();
  return call(form, isolate,
              std::make_unique<engine::CompileJsonModuleOperation>(std::move(source), kProfile), {});
}

constexpr char kCompileParameters[] =
    "code, *, filename='<isolated-vm>', line_offset=0, column_offset=0, meta=None, "
    "produce_cached_data=False, "
    "cached_data=None";
constexpr char kJsonParameters[] = "json, *, filename='<isolated-vm>'";

constexpr Signature kCompileModule{
    "Isolate.compile_module", kCompileParameters,
    "Compiles `code` into a Module, which can be instantiated in one context of this isolate.\n\n"
    "`meta` fills `import.meta` when the module first looks at it: a callable, called as meta(module) on "
    "the\n"
    "thread that runs the JavaScript, whose dict is copied into it; or a Reference to a function of this\n"
    "isolate, called with the object. `line_offset` and `column_offset` (0-based) say where in `filename` "
    "the\n"
    "code begins. `produce_cached_data` and `cached_data`: as for compile_script, and as dangerous; what is "
    "of "
    "a\n"
    "script does not fit a module. Returns a Future. Raises (in it) JSSyntaxError with file, line and "
    "column;\n"
    "TransferError for a `meta` of another isolate; ValueError if the code is longer than an eighth of\n"
    "`memory_limit`; DisposedError. Any thread. README: isolate.compileModule."};
constexpr Signature kCompileModuleSync{
    "Isolate.compile_module_sync", kCompileParameters,
    "compile_module, waiting for it. Blocks while the isolate is busy; the GIL is released."};
constexpr Signature kCompileJsonModule{
    "Isolate.compile_json_module", kJsonParameters,
    "A Module whose default export is the value of the text `json`: what a resolver returns for\n"
    "`import data from './data.json' with { type: 'json' }`.\n\n"
    "Returns a Future. Raises (in it) JSSyntaxError, and as compile_module. Any thread. Not in isolated-vm;\n"
    "JavaScript has it as isolate.compileJsonModule(text, { filename })."};
constexpr Signature kCompileJsonModuleSync{
    "Isolate.compile_json_module_sync", kJsonParameters,
    "compile_json_module, waiting for it. Blocks while the isolate is busy; the GIL is released."};

// --- Linking ---

template <Form form>
py::object instantiate(PyObject* self, const Arguments& arguments) {
  auto& handle = self_as<ModuleObject>(self);
  PyObject* given = arguments.get("context");
  if (!py::isinstance<ContextObject>(given)) arguments.refuse_type("context", "a Context", given);
  auto& context = self_as<ContextObject>(given);
  auto limits = arguments.timeout();
  auto resolver = read_resolver(form, arguments, "resolver");
  return build_call(form, [&] {
    if (!handle.module) return fail(form, kReleased);
    if (!context.handle) return fail(form, {engine::Fault::kReleased, "Context is released", {}});
    if (context.isolate != handle.isolate)
      return fail(form, {engine::Fault::kTransfer, "Invalid context", {}});
    engine::Instantiation what{handle.module.get(), context.handle->remote(), resolver};
    if (form == Form::kSync) {
      return wait_for_call(handle.isolate, [&](const std::function<bool()>& look) {
        auto limits_left = limits;
        auto found = engine::find_modules(what, limits_left);
        if (auto* failure = std::get_if<engine::Failure>(&found)) return engine::Outcome(std::move(*failure));
        auto& linking = std::get<std::shared_ptr<engine::ModuleLinking>>(found);
        auto link = std::make_unique<engine::LinkModulesOperation>(std::move(linking), what.context);
        return engine::call_sync(handle.isolate, std::move(link), limits_left, look);
      });
    }
    return post_call(handle.isolate, [&](engine::Call::Receiver receiver) {
      return engine::make_instantiate_call(what, limits, std::move(receiver));
    });
  });
}

py::object set_dependency(PyObject* self, const Arguments& arguments) {
  TextOfStr specifier(arguments.str("specifier"));
  PyObject* given = arguments.get("module");
  if (!py::isinstance<ModuleObject>(given)) arguments.refuse_type("module", "a Module", given);
  auto& from = self_module(self);
  self_module(given);
  auto to = self_as<ModuleObject>(given).module.get();
  if (auto failure = from.set_dependency(specifier.view().to_text(), to)) raise(*failure);
  return py::none();
}

// --- Evaluation ---

template <Form form>
py::object evaluate(PyObject* self, const Arguments& arguments) {
  auto& handle = self_as<ModuleObject>(self);
  auto limits = arguments.timeout();
  return build_call(form, [&] {
    auto crossing = arguments.crossing(engine::Crossing::Fallback::kUndefined);
    if (!handle.module) return fail(form, kReleased);
    return call(form, handle.isolate,
                std::make_unique<engine::EvaluateOperation>(handle.module.get(), crossing), limits);
  });
}

py::object has_evaluated(const ModuleObject& module) {
  if (!module.module) return fail(Form::kAsync, kReleased);
  return call(Form::kAsync, module.isolate,
              std::make_unique<engine::EvaluationStateOperation>(module.module.get()), {});
}

py::object release(PyObject* self, const Arguments&) {
  self_module(self);
  auto module = self_as<ModuleObject>(self).module.release();
  {
    ReleaseGil unlocked;
    module.reset();
  }
  return py::none();
}

// --- Properties ---

py::object space(PyObject* self) {
  self_module(self);
  auto module = self_as<ModuleObject>(self).module.get();
  auto isolate = module->isolate();
  if (isolate->is_disposed()) raise(isolate->refusal());
  if (auto known = module->space()) return to_object(engine::SharedTransferable(std::move(known)));
  return call(Form::kSync, isolate, std::make_unique<engine::NamespaceOperation>(std::move(module)), {});
}

py::object dependency_specifiers(PyObject* self) {
  py::list result;
  for (auto& specifier : self_module(self).info().specifiers()) result.append(to_str(specifier));
  return result;
}

py::object dependency_attributes(PyObject* self) {
  py::list result;
  for (auto& request : self_module(self).info().requests) {
    py::dict attributes;
    for (auto& [key, value] : request.attributes) attributes[to_str(key)] = to_str(value);
    result.append(py::make_tuple(to_str(request.specifier), attributes));
  }
  return result;
}

py::object cached_data(PyObject* self) {
  auto& handle = self_as<ModuleObject>(self);
  return cached_data_object(handle.cache, handle.cached_data);
}

py::object cached_data_rejected(PyObject* self) {
  return cached_data_rejected_object(self_as<ModuleObject>(self).cache);
}

py::object filename(PyObject* self) { return to_str(self_module(self).info().filename); }

constexpr char kInstantiateParameters[] = "context, resolver=None, *, timeout=None";
constexpr char kEvaluateParameters[] = "*, timeout=None, copy=False, reference=False, promise=False";

constexpr Signature kInstantiate{
    "Module.instantiate", kInstantiateParameters,
    "Links the module and all that it imports, in `context`; a Future of None.\n\n"
    "Dependencies come from `set_dependency`, else from `resolver`, called as resolver(specifier, referrer,\n"
    "attributes): a str, the Module that asks, and a dict such as {'type': 'json'}. It returns a Module, or\n"
    "something to await for one (a coroutine, a Future). It is called on the event loop that runs where\n"
    "`instantiate` was called, or on some thread if there is none; no thread waits for what it awaits. Each\n"
    "dependency of each module is asked for once, those of one module at the same time. It also serves the\n"
    "import() of these modules, and is kept for that as long as they are; there `referrer` is a str, the\n"
    "file name, if it is a script that asks.\n\n"
    "All or nothing: a failure leaves no links but those of `set_dependency`, a success is permanent.\n"
    "Instantiations that share modules don't disturb each other; the first to end decides.\n\n"
    "`timeout`: seconds for all of it. Raises (in the Future) what the resolver raises; TransferError "
    "\"Resolved\n"
    "dependency was not `Module`\", \"Invalid context\", or for a module of another isolate; JSSyntaxError "
    "for\n"
    "an import of what is not exported; RuntimeError for a dependency without a resolver; "
    "ScriptTimeoutError,\n"
    "ReleasedError, DisposedError. Cancelling cancels what the resolver awaits. Any thread.\n"
    "README: module.instantiate."};
constexpr Signature kInstantiateSync{
    "Module.instantiate_sync", kInstantiateParameters,
    "instantiate, waiting for it. The resolver is called on the calling thread and must return a Module; it\n"
    "may compile it in the same isolate. For import(), which is asynchronous, it is called on some thread.\n"
    "`timeout` can't stop the resolver itself: it is looked at when that returns."};
constexpr Signature kSetDependency{
    "Module.set_dependency", "specifier, module",
    "Says which Module `specifier` means in this one, for `instantiate`. Can be said again until then.\n\n"
    "Raises ValueError if the module does not import `specifier`, TransferError for a module of another "
    "isolate\n"
    "or one that is no JSON module where one is imported, RuntimeError after `instantiate`. Any thread; does "
    "not\n"
    "wait. README: module.setDependency."};
constexpr Signature kEvaluate{
    "Module.evaluate", kEvaluateParameters,
    "Evaluates the module after its dependencies; a Future that ends when its top-level awaits have.\n\n"
    "The value is `undefined`, since V8 gives no last expression of a module. Evaluated again, it only "
    "gives\n"
    "the same result again. Options and errors as for Context.eval, with the wait for top-level awaits in\n"
    "`timeout`; RuntimeError \"Module has not been instantiated.\". README: module.evaluate."};
constexpr Signature kEvaluateSync{
    "Module.evaluate_sync", kEvaluateParameters,
    "evaluate, waiting for the end of the module's top level; see Context.eval_sync."};
constexpr Signature kRelease{"Module.release", "",
                             "Lets go of the module. What it has made lives on, modules that import it keep "
                             "it. Raises ReleasedError if "
                             "it\n"
                             "is released already. isolated-vm: module.release."};

}  // namespace

void bind_compile_module(py::object& type) {
  add_method<kCompileModule, compile_module<Form::kAsync>>(type);
  add_method<kCompileModuleSync, compile_module<Form::kSync>>(type);
  add_method<kCompileJsonModule, compile_json_module<Form::kAsync>>(type);
  add_method<kCompileJsonModuleSync, compile_json_module<Form::kSync>>(type);
}

void bind_module(py::module_& module) {
  bind_module_resolver(module);
  py::class_<ModuleObject> type(
      module, "Module", py::is_final(),
      "A JavaScript module of one isolate; from Isolate.compile_module. Handles to one module are equal.\n\n"
      "README: Class Module.");
  add_private_init(type);
  type.def("__eq__", [](const ModuleObject& self, const py::object& other) {
    if (!py::isinstance<ModuleObject>(other)) return false;
    auto& it = other.cast<const ModuleObject&>();
    return it.isolate == self.isolate && it.id == self.id;
  });
  type.def("__hash__", [](const ModuleObject& self) {
    return std::hash<const void*>()(self.isolate.get()) ^ std::hash<uint64_t>()(self.id);
  });
  add_property<dependency_specifiers>(
      type, "dependency_specifiers",
      "What the module imports, in the order of its source, each once. README: module.dependencySpecifiers.");
  add_property<dependency_attributes>(
      type, "dependency_attributes",
      "Each import as (specifier, attributes), such as ('./a.json', {'type': 'json'}), in the order of the "
      "source.");
  add_property<cached_data>(type, "cached_data", kCachedDataDoc);
  add_property<cached_data_rejected>(type, "cached_data_rejected", kCachedDataRejectedDoc);
  add_property<filename>(type, "filename", "The file name that it was compiled with.");
  add_property<space>(type, "namespace",
                      "A Reference to the namespace object, which has all that the module exports. Blocks "
                      "while the isolate is busy. Raises RuntimeError before `instantiate`. README: "
                      "module.namespace.");
  add_method<kSetDependency, set_dependency>(type);
  add_method<kInstantiate, instantiate<Form::kAsync>>(type);
  add_method<kInstantiateSync, instantiate<Form::kSync>>(type);
  add_method<kEvaluate, evaluate<Form::kAsync>>(type);
  add_method<kEvaluateSync, evaluate<Form::kSync>>(type);
  add_method<kRelease, release>(type);
  module.def("_has_evaluated", has_evaluated, py::arg("module"),
             "Whether the evaluation of a module has begun, whoever has asked for it: a Future, which raises "
             "what the module threw.");
}

}  // namespace isolates::bind
