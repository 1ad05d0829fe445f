#include "bind/ivm/snapshot.h"

#include "bind/ivm/classes.h"
#include "bind/ivm/code_cache.h"
#include "bind/ivm/external_copy.h"
#include "bind/ivm/source.h"
#include "engine/call.h"
#include "engine/copied_bytes.h"
#include "engine/isolate.h"
#include "engine/snapshot.h"

namespace isolates::bind::ivm {
namespace {

engine::Source read_script(const Arguments& arguments, Local given, const std::string& path) {
  if (!v8abi::value_is_object(given)) {
    throw Refusal{"`" + arguments.name() + "` requires `" + path + "` to be an object"};
  }
  Options script(arguments, given, path + ".");
  if (!v8abi::value_is_string(script.get("code"))) script.refuse("code", "a string");
  return SourceArguments(script.text("code"), script).take();
}

engine::SnapshotRequest read_request(const Arguments& arguments) {
  engine::SnapshotRequest request;
  if (!arguments.is_given(0)) arguments.refuse(0, "an array");
  size_t index = 0;
  for (Local script : arguments.array(0)) {
    request.scripts.push_back(read_script(arguments, script, "scripts[" + std::to_string(index++) + "]"));
  }
  if (arguments.is_given(1)) {
    engine::Source warmup;
    warmup.own(arguments.text(1), {});
    request.warmup = std::move(warmup);
  }
  Options options = arguments.options(2);
  request.timeout_ns = options.timeout().timeout_ns;
  request.memory_limit_bytes = read_memory_limit(options);
  return request;
}

}  // namespace

std::shared_ptr<const engine::SnapshotBlob> read_snapshot(const Options& options) {
  auto given = read_buffer(options, "snapshot");
  if (!given) return nullptr;
  auto opened = engine::SnapshotBlob::open(given->data(), given->size());
  if (auto* failure = std::get_if<Failure>(&opened)) {
    failure->message = "`snapshot` " + failure->message;
    throw std::move(*failure);
  }
  return std::get<std::shared_ptr<const engine::SnapshotBlob>>(opened);
}

void create_snapshot(const Arguments& arguments) {
  require_library(arguments);
  Isolate& isolate = arguments.isolate();
  // Nobody else can hold the isolates that it uses, so this can't wait for anybody: always on this thread.
  auto call = [&](const std::shared_ptr<Isolate>& target, std::unique_ptr<engine::Operation> operation,
                  engine::RunLimits limits) {
    Isolate::Outside outside(isolate);
    return engine::call_sync(target, std::move(operation), limits, {});
  };
  engine::SnapshotMaker maker(read_request(arguments), call);
  engine::Outcome outcome = maker.make();
  if (isolate.is_lost()) return;
  if (auto* failure = std::get_if<Failure>(&outcome)) {
    if (failure->fault == engine::Fault::kInterrupted) isolate.stop(0, engine::Fault::kInterrupted);
    throw std::move(*failure);
  }
  auto blob = std::static_pointer_cast<const engine::SnapshotBlob>(std::get<engine::Object>(outcome));
  auto copy = engine::copy_of_bytes(blob->bytes(), arguments.profile());
  if (!copy) throw engine::no_room_for_buffer();
  auto held = hold_copy(isolate, std::move(copy));
  if (!held) throw engine::too_much_copied();
  Local object = new_object(isolate, arguments.context(), ClassId::kExternalCopy,
                            std::make_unique<ExternalCopyObject>(isolate, std::move(*held)));
  if (!object) throw JavaScriptThrew{};
  arguments.set_result(object);
}

}  // namespace isolates::bind::ivm
