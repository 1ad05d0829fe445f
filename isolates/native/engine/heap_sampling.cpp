#include "engine/heap_sampling.h"

#include <algorithm>
#include <memory>

#include "engine/convert.h"
#include "engine/isolate.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {
namespace {

Text text_of(Isolate& isolate, Local string) {
  auto text = string ? read_text(isolate, string) : std::nullopt;
  return text ? std::move(*text) : Text{};
}

}  // namespace

AllocationProfile AllocationProfile::of(Isolate& isolate, v8abi::AllocationProfile& profile) {
  AllocationProfile result;
  std::vector<std::pair<const v8abi::AllocationProfile::Node*, size_t>> left{{profile.GetRootNode(), 0}};
  while (!left.empty()) {
    auto [node, parent] = left.back();
    left.pop_back();
    size_t bytes = 0;
    for (auto& allocation : node->allocations) bytes += allocation.size * allocation.count;
    for (auto* child : node->children) left.emplace_back(child, result.nodes.size());
    result.nodes.push_back({parent, node->id, text_of(isolate, node->name),
                            text_of(isolate, node->script_name), node->script_id, node->line - 1,
                            node->column - 1, bytes});
  }
  for (auto& sample : profile.GetSamples())
    result.samples.push_back({sample.size * sample.count, sample.node_id, sample.id});
  std::sort(result.samples.begin(), result.samples.end(),
            [](const Sample& one, const Sample& other) { return one.ordinal < other.ordinal; });
  return result;
}

Outcome StartHeapSamplingOperation::run(Isolate& isolate) {
  // Without the forced collection garbage that nobody has collected yet would count as alive.
  int flags = options_.include_collected
                  ? v8abi::kSamplingIncludeCollectedByMajorGc | v8abi::kSamplingIncludeCollectedByMinorGc
                  : v8abi::kSamplingForceGc;
  auto* profiler = v8abi::isolate_heap_profiler(isolate.v8());
  if (v8abi::heap_profiler_start_sampling(profiler, options_.interval_bytes, options_.stack_depth, flags)) {
    isolate.heap_is_sampled() = true;
    return Value(Null{});
  }
  return Failure{Fault::kState, "The heap of this isolate is being sampled already", {}};
}

Outcome StopHeapSamplingOperation::run(Isolate& isolate) {
  HandleScope handles(isolate.v8());
  auto* profiler = v8abi::isolate_heap_profiler(isolate.v8());
  std::unique_ptr<v8abi::AllocationProfile> profile(v8abi::heap_profiler_allocations(profiler));
  if (!profile) return Failure{Fault::kState, "The heap of this isolate is not being sampled", {}};
  auto result = std::make_shared<AllocationProfile>(AllocationProfile::of(isolate, *profile));
  v8abi::heap_profiler_stop_sampling(profiler);
  isolate.heap_is_sampled() = false;
  return Object(std::move(result));
}

}  // namespace isolates::engine
