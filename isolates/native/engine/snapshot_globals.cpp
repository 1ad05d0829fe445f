#include "engine/snapshot_globals.h"

#include "engine/isolate.h"
#include "engine/roots.h"
#include "engine/v8_abi_snapshot.h"

namespace isolates::engine {
namespace {

// In a context's embedder data; those before are of errors.cpp.
constexpr int kErrorSlot = 4;
constexpr int kLimitSlot = 5;

// Uses nothing that a script can replace later. test_snapshot.py compares the names with what V8 adds.
constexpr char kPrepare[] = R"(((limit, stacks) => {
  const { defineProperty, deleteProperty, getPrototypeOf } = Reflect;
  const added = [
    [globalThis, ['AsyncDisposableStack', 'DisposableStack', 'Float16Array', 'SharedArrayBuffer',
                  'SuppressedError', 'Temporal', 'WebAssembly']],
    [Atomics, ['pause']],
    [DataView.prototype, ['getFloat16', 'setFloat16']],
    [Date.prototype, ['toTemporalInstant']],
    [Error, ['isError', 'stackTraceLimit']],
    [Iterator.prototype, [Symbol.dispose]],
    [getPrototypeOf(getPrototypeOf(async function* () {}).prototype), [Symbol.asyncDispose]],
    [Math, ['f16round']],
    [Promise, ['try']],
    [RegExp, ['escape']],
    [Uint8Array, ['fromBase64', 'fromHex']],
    [Uint8Array.prototype, ['setFromBase64', 'setFromHex', 'toBase64', 'toHex']],
  ];
  if (stacks) Error.stackTraceLimit = 10;  // V8's own
  else {
    const get = () => limit, set = value => { limit = value };
    defineProperty(Error, 'stackTraceLimit', { get, set, enumerable: true, configurable: false });
  }
  return () => {
    for (let i = 0; i < added.length; i++) {
      for (let j = 0; j < added[i][1].length; j++) deleteProperty(added[i][0], added[i][1][j]);
    }
    return limit;
  };
}))";

Local string(Isolate& isolate, const char* text) { return v8abi::string_new_utf8(isolate.v8(), text, 0, -1); }

Local evaluate(Isolate& isolate, Local context, const char* code) {
  v8abi::ScriptSource source{};
  source.source = string(isolate, code);
  source.resource_name = string(isolate, "<isolates>");
  Local script = v8abi::script_compile(context, &source, 0, 0);
  return script ? v8abi::script_run(script, context) : nullptr;
}

bool is_kept(Local limit) { return limit && v8abi::value_is_number(limit); }

}  // namespace

Local prepare_globals(Isolate& isolate, Local context, Stacks stacks) {
  TryCatch ignore(isolate.v8());
  Roots& roots = Roots::instance();
  Local limit = roots.undefined_local();
  if (isolate.has_snapshot()) {
    limit = v8abi::context_embedder_data(context, kLimitSlot);
  } else {
    Local error = v8abi::object_get(v8abi::context_global(context), context, string(isolate, "Error"));
    v8abi::context_set_embedder_data(context, kErrorSlot, error);
  }
  Local prepare = evaluate(isolate, context, kPrepare);
  if (!prepare) return nullptr;
  Local arguments[] = {limit, stacks == Stacks::kNoted ? roots.true_local() : roots.false_local()};
  return v8abi::function_call(prepare, context, roots.undefined_local(), 2, arguments);
}

void clear_globals(Isolate& isolate, Local context, Local clear) {
  constexpr int kNoAttributes = 0;
  TryCatch ignore(isolate.v8());
  Local undefined = Roots::instance().undefined_local();
  Local error = v8abi::context_embedder_data(context, kErrorSlot);
  v8abi::object_force_own_property(error, string(isolate, "stackTraceLimit"), undefined, kNoAttributes);
  Local limit = v8abi::function_call(clear, context, undefined, 0, nullptr);
  v8abi::context_set_embedder_data(context, kLimitSlot, is_kept(limit) ? limit : undefined);
}

void restore_globals(Isolate& isolate, Local context) {
  Local limit = v8abi::context_embedder_data(context, kLimitSlot);
  if (!is_kept(limit)) return;
  TryCatch ignore(isolate.v8());
  Local error = v8abi::context_embedder_data(context, kErrorSlot);
  v8abi::object_create_data_property(error, context, string(isolate, "stackTraceLimit"), limit);
}

}  // namespace isolates::engine
