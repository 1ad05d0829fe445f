// Finding all modules that a module needs.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/module.h"
#include "lib/timer.h"

namespace isolates::engine {

/// One walk over a graph, breadth first, outside of V8 and of any lock: code of the host never runs inside
/// V8's instantiation. What it finds belongs to this walk alone: two walks over one module don't wait for
/// each other, and a failure leaves nothing; V8 links what the first to finish has found, and keeps that.
///
/// Any thread; answers may come on any. Ended once, by success, a failure of the resolver, or `fail`.
class ModuleLinking : public std::enable_shared_from_this<ModuleLinking> {
 public:
  /// Called once, without locks, on the thread that ends it.
  using Done = std::function<void(std::optional<Failure>)>;

  ModuleLinking(std::shared_ptr<Isolate> isolate, std::shared_ptr<ModuleResolver> resolver)
      : isolate_(std::move(isolate)), resolver_(std::move(resolver)) {}
  ~ModuleLinking();
  ModuleLinking(const ModuleLinking&) = delete;
  ModuleLinking& operator=(const ModuleLinking&) = delete;

  const std::shared_ptr<ModuleResolver>& resolver() const { return resolver_; }
  void set_deadline(lib::TimePoint when) { deadline_ = when; }

  /// The dependencies of `root`.
  void start(std::shared_ptr<const Module> root, Done done);
  /// What an import() asks for, and its dependencies.
  void start(ModuleRequest request, Referrer referrer, Done done);
  void fail(Failure failure);

  // After success
  const std::shared_ptr<const Module>& root() const { return root_; }
  /// The module that `request` of the module with this id leads to, or null.
  const Module* target(uint64_t module_id, size_t request) const;
  /// All that the walk has visited.
  const std::vector<std::shared_ptr<const Module>>& modules() const { return modules_; }

 private:
  struct Question {
    Referrer referrer;
    const ModuleRequest* request;  // kept alive by the referrer, or by `first_request_`
    size_t index;
  };

  void visit(const std::shared_ptr<const Module>& module);                   // mutex held
  void connect(const Question& question, std::shared_ptr<const Module> to);  // mutex held
  void pump();
  void ask(const Question& question);
  void take_answer(const Question& question, std::variant<std::shared_ptr<const Module>, Failure> answer);
  std::optional<Failure> reason_to_stop() const;

  const std::shared_ptr<Isolate> isolate_;
  const std::shared_ptr<ModuleResolver> resolver_;  // null: set_dependency alone
  std::optional<lib::TimePoint> deadline_;

  mutable std::mutex mutex_;
  Done done_;
  std::shared_ptr<const ModuleRequest> first_request_;
  std::shared_ptr<const Module> root_;
  std::vector<std::shared_ptr<const Module>> modules_;
  std::unordered_set<uint64_t> visited_;
  std::unordered_map<uint64_t, std::vector<const Module*>> targets_;  // of each module, by request
  std::deque<Question> questions_;
  size_t unanswered_ = 0;
  bool pumping_ = false;
  bool ended_ = false;
};

}  // namespace isolates::engine
