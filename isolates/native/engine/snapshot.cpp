#include "engine/snapshot.h"

#include "engine/isolate.h"
#include "engine/snapshot_creator.h"
#include "lib/clock.h"

namespace isolates::engine {
namespace {

constexpr size_t kLargestBytes = size_t{1} << 30;  // V8 counts a snapshot's bytes in an int

// None of these hands out a handle to what is in the isolate: whoever holds one might drop it too late.

class SetContextOperation final : public Operation {
 public:
  explicit SetContextOperation(Stacks stacks) : stacks_(stacks) {}
  Outcome run(Isolate& isolate) override {
    Local context = new_context(isolate);
    if (context && isolate.snapshot_creator()->set_context(context, stacks_)) return Value(Undefined{});
    return Failure{Fault::kState, "V8 could not make a context", {}};
  }

 private:
  const Stacks stacks_;
};

/// Whether a context can start from the snapshot.
class TryContextOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override {
    if (new_context(isolate)) return Value(Undefined{});
    return Failure{Fault::kState, "V8 could not make a context", {}};
  }
};

class RunOperation final : public Operation {
 public:
  explicit RunOperation(Source source) : source_(std::move(source)) {}
  Outcome run(Isolate& isolate) override {
    auto context = std::make_shared<RemoteHandle>(isolate, isolate.snapshot_creator()->context());
    Outcome ran = EvalOperation(std::move(context), source_, {}).run(isolate);
    return std::holds_alternative<Failure>(ran) ? std::move(ran) : Value(Undefined{});
  }

 private:
  const Source source_;
};

/// Ends as Object: shared_ptr<const SnapshotBlob>.
class CreateBlobOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override {
    auto statistics = isolate.heap_statistics();
    if (statistics.v8.used_heap_size + statistics.externally_allocated_size > kLargestBytes) {
      return Failure{
          Fault::kMemory, "The heap that the scripts left is too large for a snapshot: over 1 GB", {}};
    }
    isolate.free_own_handles();
    auto made = isolate.snapshot_creator()->create();
    if (auto* failure = std::get_if<Failure>(&made)) return std::move(*failure);
    auto blob = std::get<std::shared_ptr<const SnapshotBlob>>(std::move(made));
    return Object(std::const_pointer_cast<SnapshotBlob>(std::move(blob)));
  }
};

std::shared_ptr<const SnapshotBlob> blob_of(Outcome& outcome) {
  return std::static_pointer_cast<const SnapshotBlob>(std::get<Object>(outcome));
}

/// V8 giving up in an isolate that is nobody's but ours is about the scripts.
Failure untransferable(Failure failure, const char* what) {
  if (failure.fault != Fault::kCatastrophe) return failure;
  return {Fault::kTransfer, std::string(what) + ". " + failure.message, {}};
}

}  // namespace

void SnapshotMaker::cancel() {
  std::shared_ptr<Isolate> isolate;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    cancelled_ = true;
    isolate = isolate_.lock();
  }
  if (isolate) isolate->dispose();
}

Outcome SnapshotMaker::make() {
  if (auto refused = refuse_lengths()) return std::move(*refused);
  deadline_ = lib::SteadyClock::now() + std::chrono::nanoseconds(request_.timeout_ns);
  Outcome outcome = build(nullptr, request_.scripts);
  if (request_.warmup && std::holds_alternative<Object>(outcome)) {
    outcome = build(blob_of(outcome), {*request_.warmup});
  }
  if (std::holds_alternative<Object>(outcome)) {
    Outcome tried = try_out(blob_of(outcome));
    if (std::holds_alternative<Failure>(tried)) outcome = std::move(tried);
  }
  std::lock_guard<std::mutex> guard(mutex_);
  if (cancelled_) return Failure{Fault::kCancelled, "The call was cancelled", {}};
  return outcome;
}

std::optional<Failure> SnapshotMaker::refuse_lengths() const {
  for (size_t index = 0; index < request_.scripts.size(); ++index) {
    std::string name = "scripts[" + std::to_string(index) + "].code";
    auto refused = refuse_length(name, request_.scripts[index], request_.memory_limit_bytes);
    if (refused) return refused;
  }
  if (!request_.warmup) return std::nullopt;
  return refuse_length("warmup_script", *request_.warmup, request_.memory_limit_bytes);
}

Outcome SnapshotMaker::in_isolate(std::shared_ptr<const SnapshotBlob> base, bool makes_snapshot,
                                  const std::function<Outcome(const Ask&)>& body) {
  IsolateOptions options;
  options.memory_limit_bytes = request_.memory_limit_bytes;
  options.snapshot = std::move(base);
  options.makes_snapshot = makes_snapshot;
  std::shared_ptr<Isolate> isolate;
  try {
    isolate = Isolate::make(std::move(options));
  } catch (const Failure& failure) {
    return failure;
  }
  {
    std::lock_guard<std::mutex> guard(mutex_);
    isolate_ = isolate;
    if (cancelled_) return Failure{Fault::kCancelled, "The call was cancelled", {}};
  }
  Outcome outcome = body([&](std::unique_ptr<Operation> operation) -> Outcome {
    RunLimits limits;
    if (request_.timeout_ns > 0) {
      limits.timeout_ns = std::chrono::nanoseconds(deadline_ - lib::SteadyClock::now()).count();
      if (limits.timeout_ns <= 0) return Failure{Fault::kTimeout, "Script execution timed out.", {}};
    }
    return call_(isolate, std::move(operation), limits);
  });
  isolate->dispose();
  return outcome;
}

std::optional<Failure> SnapshotMaker::run(const Ask& ask, const std::vector<Source>& sources, Stacks stacks) {
  std::vector<std::unique_ptr<Operation>> steps;
  steps.push_back(std::make_unique<SetContextOperation>(stacks));
  for (const Source& source : sources) steps.push_back(std::make_unique<RunOperation>(source));
  for (auto& step : steps) {
    Outcome ended = ask(std::move(step));
    if (auto* failure = std::get_if<Failure>(&ended)) return std::move(*failure);
  }
  return std::nullopt;
}

Outcome SnapshotMaker::build(const std::shared_ptr<const SnapshotBlob>& base,
                             const std::vector<Source>& sources) {
  Outcome outcome = in_isolate(base, true, [&](const Ask& ask) -> Outcome {
    if (auto failure = run(ask, sources, Stacks::kNever)) return std::move(*failure);
    bool is_warmup = base != nullptr;
    if (is_warmup) {
      if (auto failure = run(ask, {}, Stacks::kNever)) return std::move(*failure);
    }
    Outcome ended = ask(std::make_unique<CreateBlobOperation>());
    auto* failure = std::get_if<Failure>(&ended);
    if (!failure) return ended;
    return untransferable(std::move(*failure), "V8 can't make a snapshot of what the scripts left");
  });
  auto* failure = std::get_if<Failure>(&outcome);
  if (failure && failure->fault == Fault::kThrown) add_stack(*failure, base, sources);
  return outcome;
}

/// Runs it all again, as errors have no stack in an isolate that becomes a snapshot.
void SnapshotMaker::add_stack(Failure& failure, const std::shared_ptr<const SnapshotBlob>& base,
                              const std::vector<Source>& sources) {
  Outcome again = in_isolate(base, true, [&](const Ask& ask) -> Outcome {
    auto thrown = run(ask, sources, Stacks::kNoted);
    return thrown ? Outcome(std::move(*thrown)) : Value(Undefined{});
  });
  auto* second = std::get_if<Failure>(&again);
  if (!second || !second->thrown) return;
  const Thrown &one = *failure.thrown, &other = *second->thrown;
  bool same = one.js_class == other.js_class && one.message.units == other.message.units &&
              one.line == other.line && one.column == other.column;
  if (same) failure = std::move(*second);
}

Outcome SnapshotMaker::try_out(const std::shared_ptr<const SnapshotBlob>& blob) {
  Outcome outcome =
      in_isolate(blob, false, [](const Ask& ask) { return ask(std::make_unique<TryContextOperation>()); });
  if (auto* failure = std::get_if<Failure>(&outcome)) {
    return untransferable(std::move(*failure),
                          "The scripts left builtins that no context can start from (are they frozen?)");
  }
  return outcome;
}

}  // namespace isolates::engine
