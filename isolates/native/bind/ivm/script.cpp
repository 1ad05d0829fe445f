// Script, as JavaScript sees it.
#include "engine/script.h"

#include "bind/ivm/call.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/objects.h"

namespace isolates::bind::ivm {
namespace {

using Fallback = engine::Crossing::Fallback;

void construct_script(const Arguments&) { throw Refusal{"`Script` constructor is private"}; }

void release(const Arguments& arguments) { arguments.receiver<ScriptObject>().release(); }

template <Form form>
void run(const Arguments& arguments) {
  auto& context = arguments.wrapped<ContextObject>(0, "Context");
  auto& self = arguments.receiver<ScriptObject>();
  build_call(arguments, form, [&] {
    Options options = arguments.options(1);
    auto limits = options.timeout();
    bool release = options.flag("release");
    auto crossing = options.crossing(Fallback::kUndefined, self.profile());
    crossing.unsettled = form == Form::kSync;
    auto script = self.handle();
    auto in = context.handle();
    if (in->isolate() != script->isolate()) throw Failure{engine::Fault::kTransfer, "Invalid context", {}};
    if (release) self.release();
    call(arguments, form, script->isolate(),
         std::make_unique<engine::RunScriptOperation>(script->remote(), in->remote(), crossing), limits);
  });
}

}  // namespace

const ClassSpec& script_class() {
  static const ClassSpec spec{"Script",
                              method<construct_script>,
                              {{"run", method<run<Form::kAsync>>, 1},
                               {"runIgnored", method<run<Form::kIgnored>>, 1},
                               {"runSync", method<run<Form::kSync>>, 1},
                               {"release", method<release>, 0}},
                              {},
                              {},
                              {}};
  return spec;
}

}  // namespace isolates::bind::ivm
