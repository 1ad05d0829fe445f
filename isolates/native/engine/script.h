// Contexts, scripts and evaluation: the operations that run source text.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/code_cache.h"
#include "engine/convert.h"
#include "engine/remote_handle.h"

namespace isolates::engine {

/// Source text with its origin. Views for a call that its caller waits for, `own` for one that outlives it.
struct Source {
  TextView code;
  TextView filename;  // empty: "<isolated-vm>"
  int line_offset = 0;
  int column_offset = 0;

  /// Copies the texts.
  void own();
  void own(Text code_text, Text filename_text);

 private:
  std::shared_ptr<std::pair<Text, Text>> owned_;
};

/// The refusal of a text that is too long for an isolate with this limit. `name`: of the argument.
std::optional<Failure> refuse_length(const std::string& name, const Source& source, size_t limit_bytes);

/// Empty if V8 can't.
Local new_context(Isolate& isolate);
std::optional<Failure> refuse_length(const Isolate& isolate, const Source& source);
Failure no_room_for_source();
/// V8's view of a source, or empty handles if a string does not fit.
v8abi::ScriptSource to_v8(Isolate& isolate, const Source& source);
/// Unbound, in V8's REPL mode; empty if V8 throws.
Local compile_repl(Isolate& isolate, const v8abi::ScriptSource& source);
/// A syntax error says where, as upstream does: "message [file:line:column]".
Failure compile_failure(Isolate& isolate, Local context, const TryCatch& caught);

/// Ends as a ContextHandle. With `inspector` it can be debugged until the last handle to it is gone.
class CreateContextOperation final : public Operation {
 public:
  explicit CreateContextOperation(Profile profile, bool inspector = false)
      : profile_(profile), inspector_(inspector) {}
  Outcome run(Isolate& isolate) override;

 private:
  const Profile profile_;
  const bool inspector_;
};

/// Ends as a ScriptHandle.
class CompileOperation final : public Operation {
 public:
  CompileOperation(Source source, CodeCacheRequest cache, Profile profile)
      : source_(std::move(source)), cache_(std::move(cache)), profile_(profile) {}
  Outcome run(Isolate& isolate) override;

 private:
  Source source_;
  const CodeCacheRequest cache_;
  const Profile profile_;
};

class RunScriptOperation final : public Operation {
 public:
  RunScriptOperation(std::shared_ptr<RemoteHandle> script, std::shared_ptr<RemoteHandle> context,
                     Crossing crossing)
      : script_(std::move(script)), context_(std::move(context)), crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<RemoteHandle> script_;
  const std::shared_ptr<RemoteHandle> context_;
  const Crossing crossing_;
};

class EvalOperation final : public Operation {
 public:
  EvalOperation(std::shared_ptr<RemoteHandle> context, Source source, Crossing crossing)
      : context_(std::move(context)), source_(std::move(source)), crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;
  Source& source() { return source_; }
  /// With `repl`: its declarations replace those of any kind (redeclaration.h).
  void replace_declarations() { replaces_ = true; }

 private:
  const std::shared_ptr<RemoteHandle> context_;
  Source source_;
  const Crossing crossing_;
  bool replaces_ = false;
};

/// Runs the source as the body of a function with the parameters $0, $1, ...
class EvalClosureOperation final : public Operation {
 public:
  EvalClosureOperation(std::shared_ptr<RemoteHandle> context, Source source, std::vector<Value> arguments,
                       Crossing crossing)
      : context_(std::move(context)),
        source_(std::move(source)),
        arguments_(std::move(arguments)),
        crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<RemoteHandle> context_;
  Source source_;
  const std::vector<Value> arguments_;
  const Crossing crossing_;
};

class HeapStatisticsOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override;  // Object: shared_ptr<HeapStatistics>
};

class CollectGarbageOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override;
};

}  // namespace isolates::engine
