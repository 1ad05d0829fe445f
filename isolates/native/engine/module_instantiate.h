// Module.instantiate.
#pragma once
#include <memory>

#include "engine/call.h"
#include "engine/module_linking.h"

namespace isolates::engine {

/// V8's part: links what `linking` has found, all of it or nothing.
class LinkModulesOperation final : public Operation {
 public:
  LinkModulesOperation(std::shared_ptr<ModuleLinking> linking, std::shared_ptr<RemoteHandle> context)
      : linking_(std::move(linking)), context_(std::move(context)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<ModuleLinking> linking_;
  const std::shared_ptr<RemoteHandle> context_;
};

/// Inside, for LinkModulesOperation and import(): empty if V8 threw, for the caller's TryCatch; Failure if
/// it was not asked.
std::variant<bool, Failure> link_modules(Isolate& isolate, Local context, const ModuleLinking& linking);

struct Instantiation {
  std::shared_ptr<const Module> module;
  std::shared_ptr<RemoteHandle> context;
  std::shared_ptr<ModuleResolver> resolver;  // may be null
};

/// The call of the asynchronous form, to be posted. It ends, by whatever, only once, and then the resolver is
/// told that nobody waits. While the resolver is asked no thread waits for it.
std::shared_ptr<Call> make_instantiate_call(const Instantiation& what, RunLimits limits,
                                            Call::Receiver receiver);

/// The first half of the synchronous form: the resolver is asked on the calling thread and must answer at
/// once. The other half is a LinkModulesOperation, in the time that `limits` is left with.
std::variant<std::shared_ptr<ModuleLinking>, Failure> find_modules(const Instantiation& what,
                                                                   RunLimits& limits);

}  // namespace isolates::engine
