// Context, as Python sees it.
#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/module.h"
#include "bind/nested_options.h"
#include "bind/private_init.h"
#include "engine/call.h"
#include "engine/module_hooks.h"
#include "engine/script.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

const engine::Failure kReleased{engine::Fault::kReleased, "Context is released", {}};

engine::Source read_source(const Arguments& arguments, const TextOfStr& code, const TextOfStr& filename) {
  engine::Source source;
  source.code = code.view();
  source.filename = filename.view();
  source.line_offset = arguments.offset("line_offset");
  source.column_offset = arguments.offset("column_offset");
  return source;
}

template <Form form>
py::object eval(PyObject* self, const Arguments& arguments) {
  auto& context = self_as<ContextObject>(self);
  TextOfStr code(arguments.str("code")), filename = arguments.text("filename");
  auto source = read_source(arguments, code, filename);
  auto limits = arguments.timeout();
  return build_call(form, [&] {
    auto crossing = arguments.crossing(engine::Crossing::Fallback::kUndefined);
    if (!context.handle) return fail(form, kReleased);
    auto handle = context.handle->remote();
    auto isolate = context.isolate;
    if (form == Form::kSync && limits.timeout_ns == 0 && !engine::needs_pool()) {
      engine::EvalOperation operation(handle, std::move(source), crossing);
      return call_here(isolate, operation);
    }
    source.own();
    return call(form, isolate, std::make_unique<engine::EvalOperation>(handle, std::move(source), crossing),
                limits);
  });
}

template <Form form>
py::object eval_closure(PyObject* self, const Arguments& arguments) {
  auto& context = self_as<ContextObject>(self);
  TextOfStr code(arguments.str("code")), filename = arguments.text("filename");
  auto source = read_source(arguments, code, filename);
  auto limits = arguments.timeout();
  arguments.list_or_tuple("args");  // refused at once, in all forms
  return build_call(form, [&] {
    auto crossing = result_crossing(arguments, engine::Crossing::Fallback::kRefuse);
    if (!context.handle) return fail(form, kReleased);
    auto handle = context.handle->remote();
    auto isolate = context.isolate;
    source.own();
    return call(form, isolate,
                std::make_unique<engine::EvalClosureOperation>(handle, std::move(source),
                                                               argument_values(arguments), crossing),
                limits);
  });
}

py::object global(PyObject* self) {
  auto& context = self_as<ContextObject>(self);
  if (!context.handle) raise(kReleased);
  if (!context.global) context.global = to_object(engine::SharedTransferable(context.handle->global()));
  return context.global;
}

template <Form form>
py::object set_import_resolver(PyObject* self, const Arguments& arguments) {
  auto& context = self_as<ContextObject>(self);
  auto resolver = read_resolver(Form::kAsync, arguments, "resolver");
  return build_call(form, [&] {
    if (!context.handle) return fail(form, kReleased);
    return call(
        form, context.isolate,
        std::make_unique<engine::SetImportResolverOperation>(context.handle->remote(), std::move(resolver)),
        {});
  });
}

py::object release(PyObject* self, const Arguments&) {
  auto& context = self_as<ContextObject>(self);
  if (!context.handle) raise(kReleased);
  auto handle = context.handle.release();
  std::shared_ptr<const engine::Reference> global;  // its Reference goes too
  if (context.global) global = context.global.cast<ReferenceObject&>().reference.release();
  {
    ReleaseGil unlocked;
    handle.reset();
    global.reset();
  }
  return py::none();
}

constexpr char kEvalParameters[] =
    "code, *, timeout=None, filename='<isolated-vm>', line_offset=0, column_offset=0, copy=False, "
    "external_copy=False, reference=False, promise=False, repl=False";
constexpr char kClosureParameters[] =
    "code, args=(), *, timeout=None, filename='<isolated-vm>', line_offset=0, column_offset=0, copy=False, "
    "external_copy=False, reference=False, promise=False, arguments=None, result=None";

constexpr Signature kEval{
    "Context.eval", kEvalParameters,
    "Compiles and runs `code`; a Future of the last expression's value.\n\n"
    "Primitives cross as they are; with `copy` anything that structured clone takes; with `reference` a "
    "Reference\n"
    "to the value; other values give `undefined`. With `promise`, the value that the promise settles to "
    "crosses.\n"
    "`timeout`: seconds, JavaScript's jobs and the wait for a promise included, the time that it spends in "
    "Python\n"
    "or in other isolates not. `repl` runs it as a line of V8's REPL: `let`, `const` and `class` can be "
    "declared\n"
    "again, `await` works at the top, and the promise is waited for.\n\n"
    "Raises (in the Future) JSError and its kin, ScriptTimeoutError, TransferError, DisposedError,\n"
    "MemoryLimitError, UnresponsiveError (it did not stop within a second of being told to: the isolate is "
    "given\n"
    "up), ReleasedError, ValueError (`code` longer than an eighth of `memory_limit`). Cancelling stops the\n"
    "JavaScript. Any thread. isolated-vm: context.eval."};
constexpr Signature kEvalSync{
    "Context.eval_sync", kEvalParameters,
    "eval, waiting for the result. Without `timeout` it runs on the calling thread, at once if the isolate "
    "is\n"
    "free; native code that never looks at its surroundings can't be stopped there. With `timeout` it runs "
    "on a\n"
    "thread that can be given up. The GIL is released; Ctrl-C stops the JavaScript."};
constexpr Signature kEvalIgnored{"Context.eval_ignored", kEvalParameters,
                                 "eval, without a result: queued, and what it raises is swallowed."};
constexpr Signature kEvalClosure{"Context.eval_closure", kClosureParameters,
                                 "Runs `code` as the body of a function whose parameters $0, $1, ... are "
                                 "`args`; a Future of what it returns.\n\n"
                                 "Arguments are copied, callables become functions that call Python on the "
                                 "thread that runs the JavaScript.\n"
                                 "Options and errors as for eval; a result that can't cross is a "
                                 "TransferError. `result` is a dict\n"
                                 "of the options copy, external_copy, reference and promise, which mean the "
                                 "same there; `arguments`, with\n"
                                 "external_copy or reference, makes that of each argument. isolated-vm: "
                                 "evalClosure."};
constexpr Signature kEvalClosureSync{"Context.eval_closure_sync", kClosureParameters,
                                     "eval_closure, waiting for the result; see eval_sync."};
constexpr Signature kEvalClosureIgnored{
    "Context.eval_closure_ignored", kClosureParameters,
    "eval_closure, without a result: queued, and what it raises is swallowed."};
constexpr Signature kSetImportResolver{
    "Context.set_import_resolver", "resolver",
    "Makes import() work in scripts of this context, and in its modules that were instantiated without a\n"
    "resolver: `resolver` is called as Module.instantiate says, with the file name of the script (a str) as\n"
    "`referrer`. None takes it away; the last one to set it wins. Returns a Future of None. Any thread. Not "
    "in\n"
    "isolated-vm; JavaScript has it as context.setImportResolver(function or null), which may answer "
    "promises.\n"
    "It needs `ivm` for that: a Context alone gives a guest no say in what others import, nor their "
    "modules."};
constexpr Signature kSetImportResolverSync{
    "Context.set_import_resolver_sync", "resolver",
    "set_import_resolver, waiting for it. Blocks while the isolate is busy; the GIL is released."};
constexpr Signature kRelease{"Context.release", "",
                             "Lets go of the context; V8 frees it when nothing inside refers to it any more. "
                             "Calls that are queued still\n"
                             "run. Raises ReleasedError if it is released already. README: context.release."};

}  // namespace

void bind_context(py::module_& module) {
  py::class_<ContextObject> type(
      module, "Context", py::is_final(),
      "A global object with its builtins, in one isolate; from Isolate.create_context.\n\n"
      "README: Class Context.");
  add_private_init(type);
  add_property<global>(
      type, "global_",
      "A Reference to the global object, released with the context. README: context.global.");
  add_method<kEval, eval<Form::kAsync>>(type);
  add_method<kEvalSync, eval<Form::kSync>>(type);
  add_method<kEvalIgnored, eval<Form::kIgnored>>(type);
  add_method<kEvalClosure, eval_closure<Form::kAsync>>(type);
  add_method<kEvalClosureSync, eval_closure<Form::kSync>>(type);
  add_method<kEvalClosureIgnored, eval_closure<Form::kIgnored>>(type);
  add_method<kSetImportResolver, set_import_resolver<Form::kAsync>>(type);
  add_method<kSetImportResolverSync, set_import_resolver<Form::kSync>>(type);
  add_method<kRelease, release>(type);
}

}  // namespace isolates::bind
