// Module, as JavaScript sees it.
#include "engine/module.h"

#include "bind/ivm/call.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/code_cache.h"
#include "bind/ivm/module_object.h"
#include "bind/ivm/module_resolver.h"
#include "bind/ivm/source.h"
#include "engine/module_compile.h"
#include "engine/module_evaluate.h"
#include "engine/module_instantiate.h"
#include "engine/nested_call.h"
#include "engine/roots.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {

namespace {

using engine::Fault;
using Fallback = engine::Crossing::Fallback;

ModuleObject& self(const Arguments& arguments) { return arguments.receiver<ModuleObject>(); }

void construct_module(const Arguments&) { throw Refusal{"`Module` constructor is private"}; }

void release(const Arguments& arguments) { self(arguments).release(); }

void instantiate_here(const Arguments& arguments, const engine::Instantiation& what) {
  engine::RunLimits limits;
  auto found = engine::find_modules(what, limits);
  if (arguments.isolate().is_lost()) return;
  if (auto* failure = std::get_if<Failure>(&found)) throw std::move(*failure);
  auto& linking = std::get<std::shared_ptr<engine::ModuleLinking>>(found);
  auto link = std::make_unique<engine::LinkModulesOperation>(std::move(linking), what.context);
  auto outcome =
      engine::call_from_inside(arguments.isolate(), what.module->isolate(), std::move(link), limits);
  answer(arguments, Form::kSync, as_undefined(std::move(outcome)));
}

template <Form form>
void instantiate(const Arguments& arguments) {
  auto& context = arguments.wrapped<ContextObject>(0, "Context");
  Local function = arguments.is_given(1) ? arguments.function(1) : nullptr;
  build_call(arguments, form, [&] {
    auto module = self(arguments).handle();
    auto in = context.handle();
    if (in->isolate() != module->isolate()) throw Failure{Fault::kTransfer, "Invalid context", {}};
    engine::Instantiation what{module, in->remote(), nullptr};
    if (function) what.resolver = make_resolver(arguments, form, function);
    if (form == Form::kSync) return instantiate_here(arguments, what);
    post(arguments, module->isolate(), [&](engine::Call::Receiver receiver) {
      auto end = [receiver = std::move(receiver)](engine::Outcome outcome) {
        receiver(as_undefined(std::move(outcome)));
      };
      return engine::make_instantiate_call(what, {}, std::move(end));
    });
  });
}

void set_dependency(const Arguments& arguments) {
  auto specifier = arguments.text(0);
  auto& to = arguments.wrapped<ModuleObject>(1, "Module");
  if (auto failure = self(arguments).handle()->set_dependency(specifier, to.handle()))
    throw std::move(*failure);
}

template <Form form>
void evaluate(const Arguments& arguments) {
  Options options = arguments.options(0);
  auto limits = options.timeout();
  build_call(arguments, form, [&] {
    auto crossing = options.crossing(Fallback::kUndefined, self(arguments).profile());
    auto module = self(arguments).handle();
    // Below JavaScript a top-level await may need what waits here.
    bool wait = form == Form::kAsync || crossing.promise;
    call(arguments, form, module->isolate(),
         std::make_unique<engine::EvaluateOperation>(module, crossing, wait), limits);
  });
}

void space(const Arguments& arguments) {
  auto module = self(arguments).handle();
  if (module->isolate()->is_disposed()) throw module->isolate()->refusal();
  if (auto known = module->space()) {
    return answer(arguments, Form::kSync, Value(engine::SharedTransferable(std::move(known))));
  }
  call(arguments, Form::kSync, module->isolate(), std::make_unique<engine::NamespaceOperation>(module));
}

void dependency_specifiers(const Arguments& arguments) {
  std::vector<Local> items;
  auto module = self(arguments).handle();  // others may release it meanwhile
  for (auto& specifier : module->info().specifiers()) {
    Local item = engine::new_string(arguments.isolate(), specifier);
    if (!item) throw Failure{Fault::kTransfer, "A specifier does not fit into the isolate", {}};
    items.push_back(item);
  }
  Local list = v8abi::array_new(arguments.isolate().v8(), items.data(), items.size());
  v8abi::object_set_integrity_level(list, arguments.context(), v8abi::kFrozen);
  arguments.set_result(list);
}

}  // namespace

void compile_module(const Arguments& arguments, Form form) {
  auto& isolate = arguments.receiver<IsolateObject>();
  build_call(arguments, form, [&] {
    SourceArguments source(arguments, 0, 1);
    Options options = arguments.options(1);
    Local meta = options.get("meta");
    if (!v8abi::value_is_undefined(meta) && !v8abi::value_is_function(meta))
      options.refuse("meta", "a function");
    auto cache = read_code_cache(arguments, options);
    engine::MetaSource fill;
    if (v8abi::value_is_function(meta)) {
      if (isolate.isolate().get() != &arguments.isolate()) {
        throw Failure{
            Fault::kTransfer,
            "`" + arguments.name() + "` requires `meta` to be a function of the isolate that compiles",
            {}};
      }
      fill.function = engine::Reference::make(arguments.isolate(), arguments.context(), meta,
                                              isolate.profile(), engine::RemoteHandle::Count::kNo);
    }
    call(arguments, form, isolate.isolate(),
         std::make_unique<engine::CompileModuleOperation>(source.take(), std::move(fill), std::move(cache),
                                                          isolate.profile()));
  });
}

void compile_json_module(const Arguments& arguments, Form form) {
  auto& isolate = arguments.receiver<IsolateObject>();
  build_call(arguments, form, [&] {
    engine::Source source;
    source.own(arguments.text(0), arguments.options(1).text("filename"));
    call(arguments, form, isolate.isolate(),
         std::make_unique<engine::CompileJsonModuleOperation>(std::move(source), isolate.profile()));
  });
}

const ClassSpec& module_class() {
  static const ClassSpec spec{
      "Module",
      method<construct_module>,
      {{"setDependency", method<set_dependency>, 2, true},
       {"instantiate", method<instantiate<Form::kAsync>>, 1},
       {"instantiateSync", method<instantiate<Form::kSync>>, 1},
       {"evaluate", method<evaluate<Form::kAsync>>, 0},
       {"evaluateSync", method<evaluate<Form::kSync>>, 0},
       {"release", method<release>, 0}},
      {{"dependencySpecifiers", method<dependency_specifiers>}, {"namespace", method<space>}},
      {},
      {}};
  return spec;
}

}  // namespace isolates::bind::ivm
