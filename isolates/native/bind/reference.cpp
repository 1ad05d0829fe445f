// Reference, as Python sees it.
#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/host_call.h"
#include "bind/host_object.h"
#include "bind/nested_options.h"
#include "bind/text.h"
#include "bind/values.h"
#include "engine/apply.h"
#include "engine/properties.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

const engine::Failure kReleased{engine::Fault::kReleased, "Reference has been released", {}};

std::shared_ptr<const engine::Reference> unreleased(const ReferenceObject& self) {
  if (!self.reference) raise(kReleased);
  return self.reference.get();
}

/// The isolate of what it points to; refuses references to objects of Python.
std::shared_ptr<engine::Isolate> isolate_of(const engine::Reference& reference) {
  auto isolate = reference.isolate();
  if (!isolate) raise({engine::Fault::kTransfer, "Reference is not an object", {}});
  return isolate;
}

ReferenceObject construct(const Arguments& arguments) {
  auto object = py::reinterpret_borrow<py::object>(arguments.get("value"));
  auto reference = engine::Reference::to_host(make_host_object(std::move(object)), kProfile);
  return {reference->type(), reference};
}

// --- Calling ---

template <Form form>
py::object apply(PyObject* self, const Arguments& arguments) {
  auto& reference = self_as<ReferenceObject>(self);
  auto limits = arguments.timeout();
  PyObject* receiver = arguments.get("receiver");
  arguments.list_or_tuple("args");  // refused at once, in all forms
  return build_call(form, [&] {
    auto crossing = result_crossing(arguments, engine::Crossing::Fallback::kRefuse);
    auto function = unreleased(reference);
    if (auto& host = function->host()) return call_host(form, host, argument_values(arguments));
    auto isolate = function->isolate();
    engine::Value this_value = engine::Undefined{};
    if (receiver && receiver != Py_None) this_value = to_value(receiver);
    if (form == Form::kSync && limits.timeout_ns == 0 && !engine::needs_pool()) {
      engine::ApplyOperation operation(std::move(function), std::move(this_value), argument_values(arguments),
                                       crossing);
      return call_here(isolate, operation);
    }
    return call(form, isolate,
                std::make_unique<engine::ApplyOperation>(std::move(function), std::move(this_value),
                                                         argument_values(arguments), crossing),
                limits);
  });
}

py::object apply_sync_promise(PyObject* self, const Arguments& arguments) {
  auto host = unreleased(self_as<ReferenceObject>(self))->host();
  if (!host)
    raise({engine::Fault::kTransfer, "`apply_sync_promise` needs a function of the default isolate", {}});
  if (!py::module_::import("asyncio").attr("_get_running_loop")().is_none())
    raise({engine::Fault::kState, "This function may not be called from the default thread", {}});
  PyObject* given = arguments.list_or_tuple("args");
  return call_host(Form::kAsync, host, to_values(given)).attr("result")();
}

// --- Properties ---

engine::Text read_key(const Arguments& arguments) {
  PyObject* given = arguments.get("property");
  if (PyUnicode_Check(given)) return to_text(given);
  constexpr const char* kWanted = "a str or an unsigned 32-bit int";
  if (!PyLong_Check(given) || PyBool_Check(given)) arguments.refuse_type("property", kWanted, given);
  int overflow = 0;
  long long index = PyLong_AsLongLongAndOverflow(given, &overflow);
  if (overflow != 0 || index < 0 || index > UINT32_MAX) arguments.refuse_value("property", kWanted, given);
  return engine::Text::latin1(std::to_string(index));
}

template <Form form>
py::object get(PyObject* self, const Arguments& arguments) {
  auto& reference = self_as<ReferenceObject>(self);
  auto key = read_key(arguments);
  engine::GetOptions options{arguments.flag("unsafe_inherit"), arguments.flag("accessors")};
  return build_call(form, [&] {
    using How = engine::Crossing::How;
    auto crossing = arguments.crossing(engine::Crossing::Fallback::kRefuse);
    if (crossing.how == How::kTransfer) crossing.how = How::kReference;
    auto object = unreleased(reference);
    auto isolate = isolate_of(*object);
    auto operation = std::make_unique<engine::GetOperation>(object, std::move(key), options, crossing);
    return call(form, isolate, std::move(operation), {});
  });
}

template <Form form>
py::object set(PyObject* self, const Arguments& arguments) {
  auto& reference = self_as<ReferenceObject>(self);
  auto key = read_key(arguments);
  return build_call(form, [&] {
    auto object = unreleased(reference);
    auto isolate = isolate_of(*object);
    auto value = to_value(arguments.get("value"));
    auto operation = std::make_unique<engine::SetOperation>(object, std::move(key), std::move(value));
    return call(form, isolate, std::move(operation), {});
  });
}

template <Form form>
py::object remove(PyObject* self, const Arguments& arguments) {
  auto& reference = self_as<ReferenceObject>(self);
  auto key = read_key(arguments);
  return build_call(form, [&] {
    auto object = unreleased(reference);
    auto isolate = isolate_of(*object);
    return call(form, isolate, std::make_unique<engine::DeleteOperation>(object, std::move(key)), {});
  });
}

// --- The value ---

template <Form form>
py::object copy(PyObject* self, const Arguments&) {
  auto& reference = self_as<ReferenceObject>(self);
  return build_call(form, [&] {
    auto object = unreleased(reference);
    if (auto& host = object->host()) return copy_host(form, host);
    engine::Crossing crossing;
    crossing.how = engine::Crossing::How::kCopy;
    auto isolate = object->isolate();
    return call(form, isolate, std::make_unique<engine::ReadOperation>(std::move(object), crossing), {});
  });
}

py::object type_of(PyObject* self) { return py::str(self_as<ReferenceObject>(self).type); }

void drop(ReferenceObject& self) {
  auto handle = self.reference.release();
  ReleaseGil unlocked;
  handle.reset();
}

py::object deref(PyObject* self, const Arguments& arguments) {
  bool release = arguments.flag("release");
  auto& reference = self_as<ReferenceObject>(self);
  auto host = unreleased(reference)->host();
  if (!host) raise({engine::Fault::kTransfer, "Cannot dereference this from current isolate", {}});
  py::object object = host_object(*host);
  if (release) drop(reference);
  return object;
}

py::object deref_into(PyObject* self, const Arguments& arguments) {
  bool release = arguments.flag("release");
  auto& reference = self_as<ReferenceObject>(self);
  auto result = py::cast(DereferenceObject{unreleased(reference)});
  if (release) drop(reference);
  return result;
}

py::object release(PyObject* self, const Arguments&) {
  auto& reference = self_as<ReferenceObject>(self);
  unreleased(reference);
  drop(reference);
  return py::none();
}

constexpr char kGetParameters[] =
    "property, *, unsafe_inherit=False, accessors=False, copy=False, external_copy=False, "
    "reference=False, promise=False";
constexpr char kSetParameters[] = "property, value";
constexpr char kDeleteParameters[] = "property";

constexpr Signature kInit{"Reference", "value", ""};
constexpr Signature kGet{
    "Reference.get", kGetParameters,
    "A Reference to an own data property's value (to undefined, if there is none); a Future.\n\n"
    "`property`: a str or an int from 0 to 2^32 - 1. No getter and no proxy's trap runs: \"Property is "
    "getter\" and\n"
    "\"Object is or has proxy\" are TransferErrors. `unsafe_inherit` looks along the prototype chain too; "
    "`accessors`\n"
    "runs getters, which are code of the isolate, without a timeout. `copy` gives a copy instead. "
    "README: reference.get."};
constexpr Signature kGetSync{"Reference.get_sync", kGetParameters, "get, waiting for the result."};
constexpr Signature kSet{
    "Reference.set", kSetParameters,
    "Makes `property` a plain data property with `value` (copied; handles as themselves; callables as "
    "functions);\na Future of whether the object took it. No setter runs. README: reference.set."};
constexpr Signature kSetSync{"Reference.set_sync", kSetParameters, "set, waiting for the result."};
constexpr Signature kSetIgnored{"Reference.set_ignored", kSetParameters,
                                "set, without a result: queued, and what it raises is swallowed."};
constexpr Signature kDelete{"Reference.delete", kDeleteParameters,
                            "Deletes `property`; a Future of whether it could be. isolated-vm: "
                            "reference.delete."};
constexpr Signature kDeleteSync{"Reference.delete_sync", kDeleteParameters,
                                "delete, waiting for the result."};
constexpr Signature kDeleteIgnored{"Reference.delete_ignored", kDeleteParameters,
                                   "delete, without a result: queued, and what it raises is swallowed."};
constexpr Signature kCopy{"Reference.copy", "",
                          "A copy of the value, as of an ExternalCopy; a Future. README: reference.copy."};
constexpr Signature kCopySync{"Reference.copy_sync", "", "copy, waiting for the result."};
constexpr Signature kDeref{
    "Reference.deref", "*, release=False",
    "The object itself, of a Reference to an object of Python. Raises TransferError for one into an isolate. "
    "README:\nreference.deref."};

constexpr char kApplyParameters[] =
    "receiver=None, args=(), *, timeout=None, copy=False, external_copy=False, reference=False, "
    "promise=False, arguments=None, result=None";

constexpr Signature kApply{
    "Reference.apply", kApplyParameters,
    "Calls the function with `receiver` (None: undefined) as `this`; a Future of its result.\n\n"
    "Arguments are copied; a callable becomes a function, `deref_into()` the value it "
    "stands for. A result that\n"
    "can't cross is a TransferError, unless `copy` or `reference` is given. Options "
    "and errors as for Context.eval;\n"
    "TransferError \"Reference is not a function\". `result` is a dict of the options copy, external_copy, "
    "reference\n"
    "and promise, which mean the same there; `arguments`, with external_copy or reference, makes that of "
    "each "
    "argument.\nREADME: reference.apply."};
constexpr Signature kApplySync{"Reference.apply_sync", kApplyParameters,
                               "apply, waiting for the result; see Context.eval_sync."};
constexpr Signature kApplyIgnored{"Reference.apply_ignored", kApplyParameters,
                                  "apply, without a result: queued, and what it raises is swallowed."};
constexpr Signature kApplySyncPromise{
    "Reference.apply_sync_promise", "receiver=None, args=()",
    "Calls a function of Python, on the pool, and waits for what it returns, and for that if it is "
    "awaitable.\n\n"
    "For threads without a running asyncio loop: in one it is a RuntimeError, as the loop would stand "
    "still. Python's\nfunctions have no `this`. A function inside of an isolate is a TransferError: there "
    "`apply_sync` with `promise` waits.\nREADME: reference.applySyncPromise."};
constexpr Signature kDerefInto{
    "Reference.deref_into", "*, release=False",
    "Something that, passed into the reference's own isolate, becomes the value there. Used once. README: "
    "reference.derefInto."};
constexpr Signature kRelease{
    "Reference.release", "",
    "Lets go of the value. `typeof` still works. Raises ReleasedError if it is released already. README: "
    "reference.release."};

constexpr char kDoc[] =
    "Reference(value)\n--\n\n"
    "A handle to a value that stays where it is: in an isolate (what `reference=True` gives, and get()), or "
    "in\n"
    "Python (what this constructor makes, to be passed into an isolate: JavaScript can call it if it is "
    "callable,\n"
    "or copy it, and sees nothing else of it).\n\nREADME: Class Reference.";

}  // namespace

void bind_reference(py::module_& module) {
  py::class_<DereferenceObject>(module, "_Dereference", py::is_final(),
                                "From Reference.deref_into; used once.");
  py::class_<ReferenceObject> type(module, "Reference", py::is_final(), kDoc);
  py::options options;
  options.disable_function_signatures();
  add_init<ReferenceObject, kInit, construct>(type);
  add_property<type_of>(
      type, "typeof",
      "JavaScript's typeof, but \"null\" for null and \"object\" for symbols and BigInts. Also after "
      "release().");
  add_method<kApply, apply<Form::kAsync>>(type);
  add_method<kApplySync, apply<Form::kSync>>(type);
  add_method<kApplyIgnored, apply<Form::kIgnored>>(type);
  add_method<kApplySyncPromise, apply_sync_promise>(type);
  add_method<kGet, get<Form::kAsync>>(type);
  add_method<kGetSync, get<Form::kSync>>(type);
  add_method<kSet, set<Form::kAsync>>(type);
  add_method<kSetSync, set<Form::kSync>>(type);
  add_method<kSetIgnored, set<Form::kIgnored>>(type);
  add_method<kDelete, remove<Form::kAsync>>(type);
  add_method<kDeleteSync, remove<Form::kSync>>(type);
  add_method<kDeleteIgnored, remove<Form::kIgnored>>(type);
  add_method<kCopy, copy<Form::kAsync>>(type);
  add_method<kCopySync, copy<Form::kSync>>(type);
  add_method<kDeref, deref>(type);
  add_method<kDerefInto, deref_into>(type);
  add_method<kRelease, release>(type);
}

}  // namespace isolates::bind
