// What an event loop written in JavaScript needs of V8: `isolates run` (isolates/program).
#pragma once
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/outcome.h"
#include "engine/remote_handle.h"

namespace isolates::engine {

/// `gc` is a global of all contexts that are made from now on, in all isolates. Any thread.
void expose_gc();
void define_gc_if_exposed(Isolate& isolate, Local context);

/// Makes an object of native functions for the prelude of any context: they look into promises, proxies and
/// iterators, which util.inspect shows, tell and set the mark (mark.h), and compile modules, also in a
/// context that nobody else has. Ends as a Reference.
class MakeInspectNativesOperation final : public Operation {
 public:
  explicit MakeInspectNativesOperation(std::shared_ptr<RemoteHandle> context)
      : context_(std::move(context)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<RemoteHandle> context_;
};

/// The same for the prelude of a program, with more: calls that tell the place of what is thrown, compiling
/// of modules, running of microtasks, and the isolate's rejected promises, which no longer fail the calls
/// that cause them. Once in a process, which is the program's.
///
/// The functions run inside the isolate. `wake` is called without locks, on any thread, when the first
/// rejection waits to be taken.
class MakeProgramNativesOperation final : public Operation {
 public:
  MakeProgramNativesOperation(std::shared_ptr<RemoteHandle> context, std::function<void()> wake)
      : context_(std::move(context)), wake_(std::move(wake)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<RemoteHandle> context_;
  const std::function<void()> wake_;
};

}  // namespace isolates::engine
