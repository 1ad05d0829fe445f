// Does V8's sampling heap profiler answer as v8_abi_heap.h says?
#include <algorithm>

#include "engine/experiment.h"
#include "engine/heap_sampling.h"
#include "engine/isolate.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {
namespace {

constexpr char kMaker[] =
    "\n  function maker() { return Array.from({length: 20000}, () => [1.5]); }\n  maker();";

constexpr uint64_t kMostOrdinals = 100000;

class SamplingExperiment final : public Experiment {
 public:
  Outcome run(Isolate& isolate) override {
    HandleScope handles(isolate.v8());
    Local context = v8abi::context_new(isolate.v8(), nullptr, nullptr, nullptr, {}, nullptr, {}, {});
    EnteredContext entered(context);
    auto* profiler = v8abi::isolate_heap_profiler(isolate.v8());
    constexpr int kCollectedToo =
        v8abi::kSamplingIncludeCollectedByMajorGc | v8abi::kSamplingIncludeCollectedByMinorGc;
    isolate.heap_is_sampled() = true;  // should this end early
    bool first = v8abi::heap_profiler_start_sampling(profiler, 1024, 16, kCollectedToo);
    bool second = v8abi::heap_profiler_start_sampling(profiler, 1024, 16, kCollectedToo);
    v8abi::ScriptSource source{};
    source.source = v8abi::string_new_utf8(isolate.v8(), kMaker, 0, -1);
    source.resource_name = v8abi::string_new_utf8(isolate.v8(), "check", 0, -1);
    Local script = v8abi::script_compile(context, &source, 0, 0);
    if (!script || !v8abi::script_run(script, context)) return Value(Undefined{});
    std::unique_ptr<v8abi::AllocationProfile> profile(v8abi::heap_profiler_allocations(profiler));
    passed = first && !second && profile && is_told(AllocationProfile::of(isolate, *profile));
    v8abi::heap_profiler_stop_sampling(profiler);
    isolate.heap_is_sampled() = false;
    passed = passed && !v8abi::heap_profiler_allocations(profiler);
    return Value(Undefined{});
  }

 private:
  static bool is_told(const AllocationProfile& profile) {
    auto called = [](const char* name) {
      return [name](const AllocationProfile::Node& node) { return node.function.units == name; };
    };
    auto maker = std::find_if(profile.nodes.begin(), profile.nodes.end(), called("maker"));
    if (maker == profile.nodes.end() || profile.nodes[0].function.units != "(root)") return false;
    size_t sampled = 0, counted = 0;
    for (auto& node : profile.nodes) counted += node.bytes;
    for (auto& sample : profile.samples) {
      sampled += sample.bytes;
      bool is_known = std::any_of(profile.nodes.begin(), profile.nodes.end(),
                                  [&](auto& node) { return node.id == sample.node_id; });
      if (!is_known || sample.ordinal > kMostOrdinals) return false;
    }
    // 20000 arrays of 16 bytes with a number each. V8 scales its samples up, these two ways.
    bool agrees = sampled > counted - counted / 8 && sampled < counted + counted / 8;
    return maker->url.units == "check" && maker->line == 1 && maker->column >= 2 && maker->script_id > 0 &&
           agrees && sampled > (400 << 10) && sampled < (4 << 20);
  }
};

}  // namespace

void check_heap_sampling() { check_by<SamplingExperiment>("V8's heap profiler"); }

}  // namespace isolates::engine
