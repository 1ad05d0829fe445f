#include "engine/script.h"

#include <string>

#include "engine/errors.h"
#include "engine/handles.h"
#include "engine/heap_budget.h"
#include "engine/inspector.h"
#include "engine/isolate.h"
#include "engine/program.h"
#include "engine/redeclaration.h"
#include "engine/roots.h"
#include "engine/snapshot_globals.h"
#include "engine/v8_abi_snapshot.h"

namespace isolates::engine {

std::optional<Failure> refuse_length(const Isolate& isolate, const Source& source) {
  return refuse_length("code", source, isolate.memory_limit_bytes());
}

v8abi::ScriptSource to_v8(Isolate& isolate, const Source& source) {
  v8abi::ScriptSource result{};
  result.source = new_string(isolate, source.code);
  result.resource_name =
      source.filename.length ? new_string(isolate, source.filename) : isolate.default_filename();
  result.line_offset = source.line_offset;
  result.column_offset = source.column_offset;
  return result;
}

Failure compile_failure(Isolate& isolate, Local context, const TryCatch& caught) {
  Failure failure = thrown_failure(isolate, context, caught);
  Thrown* thrown = failure.thrown.get();
  if (!thrown || thrown->js_class != Thrown::Class::kSyntax || thrown->line == 0) return failure;
  Text tail = Text::latin1(":" + std::to_string(thrown->line) + ":" + std::to_string(thrown->column) + "]");
  thrown->message.append(Text::latin1(" ["));
  thrown->message.append(thrown->filename);
  thrown->message.append(tail);
  return failure;
}

Failure no_room_for_source() { return {Fault::kTransfer, "The source does not fit into the isolate", {}}; }

Local compile_repl(Isolate& isolate, const v8abi::ScriptSource& source) {
  v8abi::ScriptDetails details{};
  details.line_offset = source.line_offset;
  details.column_offset = source.column_offset;
  details.name = source.resource_name;
  details.repl_mode = v8abi::kReplModeYes;
  alignas(16) unsigned char compilation_details[128] = {};
  return v8abi::script_compile_details(isolate.v8(), source.source, &details, 0, 0, 0, compilation_details);
}

std::optional<Failure> refuse_length(const std::string& name, const Source& source, size_t limit_bytes) {
  size_t allowed = limit_bytes / 8;
  if (source.code.size_bytes() <= allowed) return std::nullopt;
  return Failure{Fault::kValue,
                 "`" + name + "` of " + std::to_string(source.code.size_bytes()) +
                     " bytes is longer than the " + std::to_string(allowed) +
                     " bytes that an isolate with `memory_limit` " + std::to_string(limit_bytes >> 20) +
                     " takes (an eighth of it): its syntax tree would not fit. Give a higher `memory_limit`",
                 {}};
}

void Source::own() { own(code.to_text(), filename.to_text()); }

void Source::own(Text code_text, Text filename_text) {
  owned_ = std::make_shared<std::pair<Text, Text>>(std::move(code_text), std::move(filename_text));
  code = owned_->first;
  filename = owned_->second;
}

Local new_context(Isolate& isolate) {
  Local context = v8abi::context_new(isolate.v8(), nullptr, nullptr, nullptr, {}, nullptr, {}, {});
  if (!context) return nullptr;
  // Not really forbidden: so that V8 asks Isolate::on_code_generation.
  v8abi::context_allow_code_generation(context, false);
  EnteredContext entered(context);
  // A snapshot has the error classes from before its scripts ran.
  if (!isolate.has_snapshot()) remember_error_classes(isolate, context);
  if (isolate.snapshot_creator()) return context;
  if (isolate.has_snapshot()) restore_globals(isolate, context);
  define_gc_if_exposed(isolate, context);
  return context;
}

namespace {

/// Before its first collection an isolate is counted with an estimate, which is too much for those that idle
/// by the hundred.
void report_size(Isolate& isolate) {
  constexpr size_t kGrowthBytes = 1 << 20;  // what a small isolate may still take before it collects
  HeapBudget::instance().report(&isolate, isolate.heap_statistics().v8.total_heap_size + kGrowthBytes);
}

}  // namespace

Outcome CreateContextOperation::run(Isolate& isolate) {
  if (inspector_ && !isolate.inspector())
    return Failure{Fault::kState, "Inspector is not enabled for this isolate", {}};
  Local context = new_context(isolate);
  if (!context) return Failure{Fault::kState, "V8 could not make a context", {}};
  EnteredContext entered(context);
  Local global = v8abi::context_global(context);
  auto reference = Reference::make(isolate, context, global, profile_, RemoteHandle::Count::kNo);
  report_size(isolate);
  auto remote = std::make_shared<RemoteHandle>(isolate, context);
  if (inspector_) remote = isolate.inspector()->announce(std::move(remote));
  return Value(std::make_shared<const ContextHandle>(std::move(remote), std::move(reference), profile_));
}

Outcome CompileOperation::run(Isolate& isolate) {
  if (auto refused = refuse_length(isolate, source_)) return std::move(*refused);
  Local context = isolate.default_context();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto source = to_v8(isolate, source_);
  if (!source.source || !source.resource_name) return no_room_for_source();
  CodeCache cache(CodeCache::Of::kScript, cache_, source_.code);
  int options = cache.attach(source);
  Local script = v8abi::script_compile_unbound(isolate.v8(), &source, options, 0);
  if (!script) return compile_failure(isolate, context, caught);
  auto remote = std::make_shared<RemoteHandle>(isolate, script);
  auto result = cache.finish(script, profile_);
  return Value(std::make_shared<const ScriptHandle>(std::move(remote), std::move(result), profile_));
}

Outcome RunScriptOperation::run(Isolate& isolate) {
  Local context = context_->local();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  Local script = v8abi::script_bind(script_->local());
  Local result = script ? v8abi::script_run(script, context) : nullptr;
  if (!result) return thrown_failure(isolate, context, caught);
  return to_outcome(isolate, context, result, crossing_);
}

Outcome EvalOperation::run(Isolate& isolate) {
  if (auto refused = refuse_length(isolate, source_)) return std::move(*refused);
  Local context = context_->local();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto source = to_v8(isolate, source_);
  if (!source.source || !source.resource_name) return no_room_for_source();
  Local script =
      crossing_.repl ? compile_repl(isolate, source) : v8abi::script_compile(context, &source, 0, 0);
  if (!script) return compile_failure(isolate, context, caught);
  Local result = replaces_ ? run_cell(isolate, context, source, source_.code, script, caught)
                           : v8abi::script_run(crossing_.repl ? v8abi::script_bind(script) : script, context);
  if (!result) return thrown_failure(isolate, context, caught);
  return to_outcome(isolate, context, result, crossing_);
}

Outcome EvalClosureOperation::run(Isolate& isolate) {
  if (auto refused = refuse_length(isolate, source_)) return std::move(*refused);
  Local context = context_->local();
  EnteredContext entered(context);
  TryCatch caught(isolate.v8());
  auto source = to_v8(isolate, source_);
  if (!source.source || !source.resource_name) return no_room_for_source();
  std::vector<Local> names;
  std::vector<Local> values;
  for (size_t index = 0; index < arguments_.size(); ++index) {
    std::string name = "$" + std::to_string(index);
    names.push_back(v8abi::string_new_utf8(isolate.v8(), name.c_str(), 0, -1));
    auto value = to_local(isolate, context, arguments_[index]);
    if (auto* failure = std::get_if<Failure>(&value)) return std::move(*failure);
    values.push_back(std::get<Local>(value));
  }
  Local function =
      v8abi::script_compile_function(context, &source, names.size(), names.data(), 0, nullptr, 0, 0);
  if (!function) return compile_failure(isolate, context, caught);
  Local result = v8abi::function_call(function, context, Roots::instance().undefined_local(),
                                      static_cast<int>(values.size()), values.data());
  if (!result) return thrown_failure(isolate, context, caught);
  return to_outcome(isolate, context, result, crossing_);
}

Outcome HeapStatisticsOperation::run(Isolate& isolate) {
  return Object(std::make_shared<HeapStatistics>(isolate.heap_statistics()));
}

Outcome CollectGarbageOperation::run(Isolate& isolate) {
  isolate.free_released_handles();
  v8abi::isolate_low_memory(isolate.v8());
  return Value(Null{});
}

}  // namespace isolates::engine
