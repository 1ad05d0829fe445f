#include "bind/snapshot.h"

#include "bind/buffer.h"
#include "bind/call.h"
#include "bind/ending.h"
#include "bind/future.h"
#include "bind/gil.h"
#include "bind/handles.h"
#include "bind/interrupt.h"
#include "bind/memory_limit.h"
#include "engine/call.h"
#include "engine/copied_bytes.h"
#include "engine/isolate.h"
#include "engine/snapshot.h"
#include "lib/thread_pool.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

using engine::Outcome;

engine::TextView text_item(const Arguments& arguments, const std::string& name, PyObject* given,
                           TextOfStr& text) {
  if (!PyUnicode_Check(given)) arguments.refuse_type(name.c_str(), "a str", given);
  text = TextOfStr(given);
  return text.view();
}

engine::Source read_script(const Arguments& arguments, const std::string& name, py::handle given) {
  engine::Source source;
  TextOfStr code, filename;
  if (PyUnicode_Check(given.ptr())) {
    source.code = text_item(arguments, name, given.ptr(), code);
  } else {
    if (!PyDict_Check(given.ptr())) {
      arguments.refuse_type(name.c_str(), "a str or a dict with the key \"code\"", given.ptr());
    }
    bool has_code = false;
    for (auto& [key, value] : py::reinterpret_borrow<py::dict>(given)) {
      auto option = py::str(key).attr("encode")("utf-8", "backslashreplace").cast<std::string>();
      std::string item = name + "." + option;
      if (option == "code") {
        has_code = true;
        source.code = text_item(arguments, item, value.ptr(), code);
      } else if (option == "filename") {
        if (!value.is_none()) source.filename = text_item(arguments, item, value.ptr(), filename);
      } else if (option == "line_offset") {
        source.line_offset = arguments.offset(item.c_str(), value.ptr());
      } else if (option == "column_offset") {
        source.column_offset = arguments.offset(item.c_str(), value.ptr());
      } else {
        throw py::type_error(std::string("`") + arguments.method() + "`: `" + name + "` has no key `" +
                             option + "`; it may have `code`, `filename`, `line_offset` and `column_offset`");
      }
    }
    if (!has_code) {
      throw py::type_error(std::string("`") + arguments.method() + "` requires `" + name + ".code`");
    }
  }
  source.own();
  return source;
}

engine::SnapshotRequest read_request(const Arguments& arguments) {
  engine::SnapshotRequest request;
  request.memory_limit_bytes = read_memory_limit(arguments);
  request.timeout_ns = arguments.timeout().timeout_ns;
  PyObject* scripts = arguments.get("scripts");
  if (!PyList_Check(scripts) && !PyTuple_Check(scripts)) {
    arguments.refuse_type("scripts", "a list or tuple", scripts);
  }
  size_t index = 0;
  for (py::handle script : arguments.sequence("scripts")) {
    request.scripts.push_back(read_script(arguments, "scripts[" + std::to_string(index++) + "]", script));
  }
  PyObject* warmup = arguments.get("warmup_script");
  if (warmup && warmup != Py_None) {
    if (!PyUnicode_Check(warmup)) arguments.refuse_type("warmup_script", "a str or None", warmup);
    request.warmup = read_script(arguments, "warmup_script", warmup);
  }
  return request;
}

py::object to_snapshot(const engine::Object& object) {
  auto blob = std::static_pointer_cast<const engine::SnapshotBlob>(object);
  auto copy = engine::copy_of_bytes(blob->bytes(), kProfile);
  if (!copy) throw std::bad_alloc();
  return py::cast(ExternalCopyObject{std::move(copy)});
}

Outcome call_interruptible(const std::shared_ptr<engine::Isolate>& isolate,
                           std::unique_ptr<engine::Operation> operation, engine::RunLimits limits) {
  Interruptible interruptible(isolate);  // on other threads than the main one it does nothing
  return engine::call_sync(isolate, std::move(operation), limits, interruptible.look());
}

py::object create_snapshot_sync(PyObject*, const Arguments& arguments) {
  engine::SnapshotMaker maker(read_request(arguments), call_interruptible);
  Outcome outcome;
  {
    ReleaseGil unlocked;
    outcome = maker.make();
  }
  return to_object(outcome, to_snapshot);
}

py::object create_snapshot(PyObject*, const Arguments& arguments) {
  auto maker = std::make_shared<engine::SnapshotMaker>(read_request(arguments), call_interruptible);
  auto ending = std::make_shared<Ending>();
  py::object future = make_future(ending, to_snapshot);
  ending->watch([maker] { maker->cancel(); });  // if it is cancelled; at any other end it does nothing
  lib::ThreadPool::instance().post([maker, ending] { ending->end(maker->make()); });
  return future;
}

constexpr char kParameters[] = "scripts, warmup_script=None, *, timeout=None, memory_limit=128";

constexpr Signature kCreateSnapshot{
    "Isolate.create_snapshot", kParameters,
    "A Future of a snapshot: the heap that `scripts` leave, for new isolates to start from. An ExternalCopy "
    "of an\n"
    "ArrayBuffer, whose bytes can be kept in a file.\n\n"
    "scripts: a list of str, or of dicts with `code` and, if wanted, `filename`, `line_offset` and\n"
    "`column_offset`. They run one after the other, as scripts of one context. Every context of an isolate\n"
    "that is made with `snapshot=` begins as a copy of it.\n"
    "warmup_script: runs in a context that is thrown away: what it changes is not in the snapshot, but the\n"
    "functions that it calls are in it as compiled code.\n"
    "timeout: seconds for all of it. memory_limit: megabytes, as for Isolate. The scripts run in an isolate "
    "of\n"
    "their own, which is as well guarded as any.\n\n"
    "While they run there is no WebAssembly, SharedArrayBuffer and Float16Array (V8's rule; contexts that "
    "start\n"
    "from the snapshot have them), and objects of `Intl` can't stay: TransferError. Raises (in the Future) "
    "what\n"
    "Context.eval raises, for the scripts and for promises that they leave rejected; ValueError for a text "
    "that\n"
    "is longer than an eighth of `memory_limit`.\n\n"
    "A snapshot fits this very V8, in any process. V8 trusts what is in it blindly: never take one from an\n"
    "untrusted source. Any thread. README: ivm.Isolate.createSnapshot, which is create_snapshot_sync."};
constexpr Signature kCreateSnapshotSync{
    "Isolate.create_snapshot_sync", kParameters,
    "create_snapshot, waiting for it. Blocks; the GIL is released.\n\nREADME: ivm.Isolate.createSnapshot."};

}  // namespace

std::shared_ptr<const engine::SnapshotBlob> read_snapshot(const Arguments& arguments) {
  BufferArgument given(arguments, "snapshot");
  if (!given) return nullptr;
  auto opened = engine::SnapshotBlob::open(given.data(), given.size());
  if (auto* failure = std::get_if<engine::Failure>(&opened)) {
    throw py::value_error("`snapshot` " + failure->message);
  }
  return std::get<std::shared_ptr<const engine::SnapshotBlob>>(opened);
}

void add_snapshot_methods(py::handle isolate_type) {
  add_method<kCreateSnapshot, create_snapshot, Binding::kStatic>(isolate_type);
  add_method<kCreateSnapshotSync, create_snapshot_sync, Binding::kStatic>(isolate_type);
}

}  // namespace isolates::bind
