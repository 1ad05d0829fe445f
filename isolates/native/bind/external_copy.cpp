// ExternalCopy, as Python sees it.
#include "engine/external_copy.h"

#include "bind/arguments.h"
#include "bind/clone_buffers.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/memory_export.h"
#include "bind/text.h"
#include "bind/values.h"
#include "engine/unshared_copy.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::CopyBuffers;
using engine::ExternalCopy;
using engine::Failure;

const Failure kReleased{engine::Fault::kReleased, "Copy has been released", {}};

constexpr Signature kInit{"ExternalCopy", "value, *, transfer_out=False, transfer_list=None", ""};

ExternalCopy::Content content_of(py::handle value) {
  if (PyUnicode_Check(value.ptr())) {
    TextOfStr text(value.ptr());
    if (text.view().size_bytes() < engine::kSharedTextBytes) return engine::Value(text.view().to_text());
    if (auto shared = engine::SharedText::copy_of(text.view())) return shared;
    PyErr_NoMemory();
    throw py::error_already_set();
  }
  return to_value(value, BuffersApart::kAll);
}

ExternalCopyObject make(const Arguments& arguments) {
  if (arguments.flag("transfer_out"))
    raise({engine::Fault::kTransfer,
           "Array buffer is invalid: Python's memory can't be transferred, only copied",
           {}});
  if (py::len(arguments.sequence("transfer_list")) > 0)
    raise({engine::Fault::kTransfer, "Non-ArrayBuffer passed in `transferList`", {}});
  auto made = std::make_shared<const ExternalCopy>(content_of(arguments.get("value")), kProfile,
                                                   ExternalCopy::Maker::kHost);
  if (made->depth() > ExternalCopy::kDeepest) raise(ExternalCopy::too_deep());
  return {std::move(made)};
}

ExternalCopyObject& unreleased(PyObject* self) {
  auto& object = self_as<ExternalCopyObject>(self);
  if (!object.copy) raise(kReleased);
  return object;
}

void let_go(ExternalCopyObject& object) {
  auto copy = std::move(object.copy);
  ReleaseGil unlocked;
  copy.reset();
}

py::object copy(PyObject* self, const Arguments& arguments) {
  bool release = arguments.flag("release"), transfer_in = arguments.flag("transfer_in");
  auto& object = unreleased(self);
  auto held = object.copy;
  auto value = to_python(engine::CopyInto{std::move(held), transfer_in});
  if (release && object.copy) let_go(object);
  return value;
}

py::object copy_into(PyObject* self, const Arguments& arguments) {
  bool release = arguments.flag("release"), transfer_in = arguments.flag("transfer_in");
  auto& object = unreleased(self);
  auto made = py::cast(CopyIntoObject{object.copy, transfer_in});
  if (release) object.copy.reset();
  return made;
}

py::object release(PyObject* self, const Arguments&) {
  let_go(unreleased(self));
  return py::none();
}

py::object total_external_size(const py::object&) { return py::int_(ExternalCopy::total_bytes()); }

size_t size_of(const ExternalCopy::Content& content) {
  if (auto* text = std::get_if<std::shared_ptr<const engine::SharedText>>(&content)) {
    return (*text)->size_bytes();
  }
  auto& value = std::get<engine::Value>(content);
  if (auto* text = std::get_if<engine::Text>(&value)) return text->units.size();
  if (auto* big = std::get_if<engine::BigInt>(&value)) return big->words.size() * sizeof(uint64_t);
  return sizeof(double);
}

/// What it holds: as data of its own, and in memory that others see too.
std::pair<size_t, size_t> byte_counts(const ExternalCopyObject& object) {
  if (!object.copy) return {0, 0};
  const engine::Copy* copy = object.copy->copy();
  if (!copy) return {size_of(object.copy->content()), 0};
  size_t shared = 0;
  for (const engine::BackingStore& store : copy->shared_array_buffers()) shared += store.length();
  return {copy->size() + copy->array_buffers().bytes(), shared};
}

ExternalCopyObject unshared(const ExternalCopyObject& object) {
  if (!object.copy) raise(kReleased);
  auto held = object.copy;
  auto made = [&] {
    ReleaseGil unlocked;
    return engine::unshared(held);
  }();
  if (auto* failure = std::get_if<Failure>(&made)) raise(*failure);
  return {std::get<std::shared_ptr<const ExternalCopy>>(std::move(made))};
}

MemoryExport export_memory(PyObject* self) {
  auto held = unreleased(self).copy;
  const engine::Copy* copy = held->copy();
  auto window = copy ? copy->window() : std::nullopt;
  if (!window)
    throw py::type_error(
        "The value of this ExternalCopy is no ArrayBuffer, SharedArrayBuffer or view of one");
  MemoryExport memory;
  if (window->shared) {
    memory.store = copy->shared_array_buffers().at(0);
  } else {
    auto store = copy->array_buffers().begin_export(0);
    if (auto* failure = std::get_if<Failure>(&store)) raise(*failure);
    memory.store = std::get<engine::BackingStore>(std::move(store));
    memory.end = [held] { held->copy()->array_buffers().end_export(); };
  }
  memory.read_only = !window->shared;
  auto item = item_of(window->view);
  memory.format = item.format;
  memory.item_size = item.size;
  memory.offset = window->offset;
  size_t rest = memory.store.length() - std::min(memory.offset, memory.store.length());
  bool to_the_end = window->view == 0 || window->tracks_length;
  memory.length = to_the_end ? rest / item.size * item.size : std::min(window->length, rest);
  return memory;
}

constexpr char kDoc[] =
    "ExternalCopy(value, *, transfer_out=False, transfer_list=None)\n--\n\n"
    "A value held outside of all isolates, which any isolate can be given a copy of quickly, again and "
    "again.\n\n"
    "Takes what a call's arguments take. Also what calls return with `external_copy=True`, and what "
    "JavaScript's\n"
    "`new ivm.ExternalCopy(value)` is in Python. Passed into an isolate it is an ExternalCopy there; "
    "`copy_into()` "
    "is the\n"
    "value itself. Primitives stay as they are, strings of 1 KB and more are shared with the isolates that "
    "copy "
    "them,\n"
    "SharedArrayBuffers are never copied. One of an ArrayBuffer, typed array or DataView has the buffer "
    "protocol, "
    "read-only\n"
    "(shared memory: writable): `memoryview(copy)` and `numpy.asarray(copy)` look at it where it is.\n\n"
    "Python has no ArrayBuffer that could be detached: with `transfer_out` or anything in `transfer_list` it "
    "raises "
    "TransferError.\n"
    "`ExternalCopy.total_external_size` is the number of bytes that all copies of the process hold outside "
    "of V8.\n"
    "Raises TransferError for what can't be cloned. Any thread. README: Class ExternalCopy.";

constexpr char kOptions[] = "*, release=False, transfer_in=False";

constexpr Signature kCopy{
    "ExternalCopy.copy", kOptions,
    "The value, in Python: by the table of conversions.\n\n"
    "`transfer_in`: the memory of its ArrayBuffers becomes Python's without a copy (an ArrayBuffer itself is "
    "still "
    "copied, to\n"
    "bytes), and this and all other handles to the copy are of no use any more: \"Array buffer is invalid\". "
    "`release`:\n"
    "as release() afterwards. Raises ReleasedError \"Copy has been released\", TransferError. README: "
    "externalCopy.copy."};
constexpr Signature kCopyInto{
    "ExternalCopy.copy_into", kOptions,
    "Something that, passed into an isolate, is a copy of the value there. Used once.\n\n"
    "`transfer_in`: the memory of its ArrayBuffers moves into that isolate, in constant time, and this copy "
    "is of no "
    "use any\n"
    "more. `release`: as release(), now. README: externalCopy.copyInto."};
constexpr Signature kRelease{"ExternalCopy.release", "",
                             "Lets go of the value; other handles to it stay valid. Raises ReleasedError if "
                             "it is released already. README: "
                             "externalCopy.release."};

}  // namespace

void bind_external_copy(py::module_& module) {
  py::class_<CopyIntoObject>(module, "_CopyInto", py::is_final(), "From ExternalCopy.copy_into; used once.");
  py::class_<ExternalCopyObject> type(module, "ExternalCopy", py::is_final(), kDoc);
  py::options options;
  options.disable_function_signatures();
  add_init<ExternalCopyObject, kInit, make>(type);
  type.def_property_readonly_static(
      "total_external_size", &total_external_size,
      "Bytes that all copies of the process hold outside of V8. README: ExternalCopy.totalExternalSize.");
  add_method<kCopy, copy>(type);
  add_method<kCopyInto, copy_into>(type);
  add_method<kRelease, release>(type);
  add_buffer_protocol<export_memory>(type);
  module.def("_byte_counts", byte_counts, py::arg("copy"),
             "What a copy holds: bytes of its own, and bytes of shared memory.");
  module.def("_unshared", unshared, py::arg("copy"),
             "A copy of the same value, in which a SharedArrayBuffer has memory of its own.");
}

}  // namespace isolates::bind
