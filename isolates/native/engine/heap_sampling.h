// Which functions have allocated what: V8's sampling heap profiler.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/outcome.h"
#include "engine/v8_abi_heap.h"
#include "engine/value.h"

namespace isolates::engine {

struct HeapSamplingOptions {
  uint64_t interval_bytes = 32768;  // one sample in so many, on average
  int stack_depth = 64;
  bool include_collected = false;
};

/// A finished profile, free of V8: the tree of calls with what each has allocated, scaled up from the
/// samples.
struct AllocationProfile {
  struct Node {
    size_t parent;  // index; the root is its own
    uint32_t id;
    Text function;
    Text url;
    int script_id;
    int line;  // these two 0-based, -1 is unknown
    int column;
    size_t bytes;
  };
  struct Sample {
    size_t bytes;
    uint32_t node_id;
    uint64_t ordinal;
  };
  std::vector<Node> nodes;  // parents first
  std::vector<Sample> samples;

  static AllocationProfile of(Isolate& isolate, v8abi::AllocationProfile& profile);
};

/// Throws Failure (kState) if V8's profiler is not the one that v8_abi_heap.h describes. Tried once, when it
/// is first wanted.
void check_heap_sampling();

/// Fails (kState) if there is one already: V8 has one sampling profiler for an isolate, which inspector
/// sessions use, too. It ends with the heap.
class StartHeapSamplingOperation final : public Operation {
 public:
  explicit StartHeapSamplingOperation(HeapSamplingOptions options) : options_(options) {}
  Outcome run(Isolate& isolate) override;

 private:
  const HeapSamplingOptions options_;
};

/// Ends as Object: shared_ptr<AllocationProfile>.
class StopHeapSamplingOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override;
};

}  // namespace isolates::engine
