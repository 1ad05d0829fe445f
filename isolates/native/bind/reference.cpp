// Reference, as Python sees it.
#include "bind/arguments.h"
#include "bind/call.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/host_object.h"
#include "bind/values.h"
#include "engine/apply.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

const engine::Failure kReleased{engine::Fault::kReleased, "Reference has been released", {}};

template <Form form>
py::object apply(PyObject* self, const Arguments& arguments) {
  auto& reference = self_as<ReferenceObject>(self);
  auto limits = arguments.timeout();
  PyObject* receiver = arguments.get("receiver");
  py::tuple given = arguments.sequence("args");
  return build_call(form, [&] {
    auto crossing = arguments.crossing(engine::Crossing::Fallback::kRefuse);
    if (!reference.reference) return fail(form, kReleased);
    auto function = reference.reference;
    auto isolate = function->isolate();
    engine::Value this_value = engine::Undefined{};
    if (receiver && receiver != Py_None) this_value = to_value(receiver);
    return call(form, isolate,
                std::make_unique<engine::ApplyOperation>(std::move(function), std::move(this_value),
                                                         to_values(given), crossing),
                limits);
  });
}

py::object type_of(PyObject* self) { return py::str(self_as<ReferenceObject>(self).type); }

py::object deref_into(PyObject* self, const Arguments&) {
  auto& reference = self_as<ReferenceObject>(self);
  if (!reference.reference) raise(kReleased);
  return py::cast(DereferenceObject{reference.reference});
}

py::object release(PyObject* self, const Arguments&) {
  auto& reference = self_as<ReferenceObject>(self);
  if (!reference.reference) raise(kReleased);
  auto handle = std::move(reference.reference);
  {
    ReleaseGil unlocked;
    handle.reset();
  }
  return py::none();
}

constexpr char kApplyParameters[] =
    "receiver=None, args=(), *, timeout=None, copy=False, reference=False, promise=False";

constexpr Signature kApply{
    "Reference.apply", kApplyParameters,
    "Calls the function with `receiver` (None: undefined) as `this`; a Future of its result.\n\n"
    "Arguments are copied; a callable becomes a function, `deref_into()` the value it "
    "stands for. A result that\n"
    "can't cross is a TransferError, unless `copy` or `reference` is given. Options "
    "and errors as for Context.eval;\n"
    "TransferError \"Reference is not a function\". README: reference.apply."};
constexpr Signature kApplySync{"Reference.apply_sync", kApplyParameters,
                               "apply, waiting for the result; see Context.eval_sync."};
constexpr Signature kApplyIgnored{"Reference.apply_ignored", kApplyParameters,
                                  "apply, without a result: queued, and what it raises is swallowed."};
constexpr Signature kDerefInto{
    "Reference.deref_into", "",
    "Something that, passed into the reference's own isolate, becomes the value there. Used once. README: "
    "reference.derefInto."};
constexpr Signature kRelease{
    "Reference.release", "",
    "Lets go of the value. `typeof` still works. Raises ReleasedError if it is released already. README: "
    "reference.release."};

}  // namespace

void bind_reference(py::module_& module) {
  py::class_<DereferenceObject>(module, "_Dereference", py::is_final(),
                                "From Reference.deref_into; used once.");
  py::class_<ReferenceObject> type(
      module, "Reference", py::is_final(),
      "A handle to a value that stays in its isolate.\n\nREADME: Class Reference.");
  add_property<type_of>(
      type, "typeof",
      "JavaScript's typeof, but \"null\" for null and \"object\" for symbols and BigInts. Also after "
      "release().");
  add_method<kApply, apply<Form::kAsync>>(type);
  add_method<kApplySync, apply<Form::kSync>>(type);
  add_method<kApplyIgnored, apply<Form::kIgnored>>(type);
  add_method<kDerefInto, deref_into>(type);
  add_method<kRelease, release>(type);
}

}  // namespace isolates::bind
