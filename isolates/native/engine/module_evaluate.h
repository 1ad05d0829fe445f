// Module.evaluate and Module.namespace.
#pragma once
#include <memory>

#include "engine/convert.h"
#include "engine/module.h"
#include "engine/reference.h"

namespace isolates::engine {

/// Ends when the module's top level has, awaits included; with `wait` false a top level that still awaits
/// gives undefined.
class EvaluateOperation final : public Operation {
 public:
  EvaluateOperation(std::shared_ptr<const Module> module, Crossing crossing, bool wait = true)
      : module_(std::move(module)), crossing_(crossing), wait_(wait) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Module> module_;
  const Crossing crossing_;
  const bool wait_;
};

/// A Reference to the namespace object.
class NamespaceOperation final : public Operation {
 public:
  explicit NamespaceOperation(std::shared_ptr<const Module> module) : module_(std::move(module)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Module> module_;
};

/// What has come of a module's evaluation, which may not have been ours: true once it has begun, false
/// before; what the module threw is the failure. Runs nothing.
class EvaluationStateOperation final : public Operation {
 public:
  explicit EvaluationStateOperation(std::shared_ptr<const Module> module) : module_(std::move(module)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Module> module_;
};

/// Inside, in the module's context: V8's promise of its evaluation; empty if V8 threw; Failure if it can't
/// be.
std::variant<Local, Failure> evaluate_module(const Module& module);

/// Inside, in the context of the module, which is linked: its namespace; null if V8 threw.
std::shared_ptr<const Reference> namespace_of(Isolate& isolate, const Module& module);

}  // namespace isolates::engine
