// Context, as JavaScript sees it.
#include "bind/ivm/call.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/module_resolver.h"
#include "bind/ivm/objects.h"
#include "bind/ivm/source.h"
#include "engine/module_hooks.h"
#include "engine/nested_call.h"
#include "engine/script.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {

Local new_global(const Arguments& arguments, ContextObject& context);  // reference.cpp

namespace {

using engine::Crossing;
using Fallback = Crossing::Fallback;

void construct_context(const Arguments&) { throw Refusal{"`Context` constructor is private"}; }

/// Always the same object.
void global(const Arguments& arguments) {
  auto& self = arguments.receiver<ContextObject>();
  self.handle();
  auto* v8 = arguments.isolate().v8();
  Local key = v8abi::private_for_api(v8, v8abi::string_new_utf8(v8, "isolates.global", 0, -1));
  Local made = v8abi::object_get_private(arguments.receiver(), arguments.context(), key);
  if (!made || !v8abi::value_is_object(made)) {
    made = new_global(arguments, self);
    v8abi::object_set_private(arguments.receiver(), arguments.context(), key, made);
  }
  arguments.set_result(made);
}

void release(const Arguments& arguments) { arguments.receiver<ContextObject>().release(); }

/// Who answers an import() is told of the modules of the context, and chooses what they get. A Context alone
/// gives neither, as it gives no Isolate: so this is for contexts that were given `ivm`.
template <Form form>
void set_import_resolver(const Arguments& arguments) {
  require_library(arguments);
  arguments.require(1);
  bool is_none = !arguments.is_given(0) || v8abi::value_is_null(arguments.at(0));
  if (!is_none && !v8abi::value_is_function(arguments.at(0)))
    arguments.refuse(0, "a function, null or undefined");
  Local function = is_none ? nullptr : arguments.at(0);
  build_call(arguments, form, [&] {
    auto context = arguments.receiver<ContextObject>().handle();
    auto resolver = function ? make_resolver(arguments, Form::kAsync, function) : nullptr;
    auto operation =
        std::make_unique<engine::SetImportResolverOperation>(context->remote(), std::move(resolver));
    if (form == Form::kSync) {
      auto outcome =
          engine::call_from_inside(arguments.isolate(), context->isolate(), std::move(operation), {});
      return answer(arguments, form, as_undefined(std::move(outcome)));
    }
    post(arguments, context->isolate(), [&](engine::Call::Receiver receiver) {
      auto end = [receiver = std::move(receiver)](engine::Outcome outcome) {
        receiver(as_undefined(std::move(outcome)));
      };
      return std::make_shared<engine::Call>(context->isolate(), std::move(operation), engine::RunLimits{},
                                            std::move(end));
    });
  });
}

template <Form form>
void eval(const Arguments& arguments) {
  auto& self = arguments.receiver<ContextObject>();
  build_call(arguments, form, [&] {
    SourceArguments source(arguments, 0, 1);
    Options options = arguments.options(1);
    auto limits = options.timeout();
    auto crossing = options.crossing(Fallback::kUndefined, self.profile());
    crossing.unsettled = form == Form::kSync;
    auto context = self.handle();
    call(arguments, form, context->isolate(),
         std::make_unique<engine::EvalOperation>(context->remote(), source.take(), crossing), limits);
  });
}

template <Form form>
void eval_closure(const Arguments& arguments) {
  auto& self = arguments.receiver<ContextObject>();
  build_call(arguments, form, [&] {
    SourceArguments source(arguments, 0, 2);
    auto items = arguments.array(1);
    Options options = arguments.options(2);
    auto limits = options.timeout();
    auto result = options.inner("result").crossing(Fallback::kRefuse, self.profile());
    result.unsettled = form == Form::kSync;
    auto given = options.inner("arguments").crossing(Fallback::kRefuse, self.profile());
    auto context = self.handle();
    std::vector<Value> values;
    for (Local item : items) values.push_back(cross(arguments, item, given));
    call(arguments, form, context->isolate(),
         std::make_unique<engine::EvalClosureOperation>(context->remote(), source.take(), std::move(values),
                                                        result),
         limits);
  });
}

}  // namespace

const ClassSpec& context_class() {
  static const ClassSpec spec{"Context",
                              method<construct_context>,
                              {{"eval", method<eval<Form::kAsync>>, 1},
                               {"evalIgnored", method<eval<Form::kIgnored>>, 1},
                               {"evalSync", method<eval<Form::kSync>>, 1},
                               {"evalClosure", method<eval_closure<Form::kAsync>>, 1},
                               {"evalClosureIgnored", method<eval_closure<Form::kIgnored>>, 1},
                               {"evalClosureSync", method<eval_closure<Form::kSync>>, 1},
                               {"setImportResolver", method<set_import_resolver<Form::kAsync>>, 1},
                               {"setImportResolverSync", method<set_import_resolver<Form::kSync>>, 1},
                               {"release", method<release>, 0}},
                              {{"global", method<global>}},
                              {},
                              {}};
  return spec;
}

}  // namespace isolates::bind::ivm
