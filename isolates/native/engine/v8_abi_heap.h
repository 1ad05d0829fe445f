// V8's symbols and layouts for what heaps hold: allocation samples and the nodes of snapshots. See v8_abi.h.
#pragma once
#include "engine/v8_abi_profiler.h"

namespace isolates::v8abi {

template <class T>
struct Vector {  // std::vector
  T* first;
  T* last;
  T* room;
  const T* begin() const { return first; }
  const T* end() const { return last; }
};

class AllocationProfile {
 public:
  struct Allocation {
    size_t size;
    unsigned count;
  };
  struct Node {
    Local name;
    Local script_name;
    int script_id;
    int start;
    int line;  // these two 1-based, 0 is unknown
    int column;
    uint32_t id;
    Vector<Node*> children;
    Vector<Allocation> allocations;
  };
  struct Sample {
    uint32_t node_id;
    size_t size;
    unsigned count;
    uint64_t id;
  };
  virtual Node* GetRootNode() = 0;
  virtual const Vector<Sample>& GetSamples() = 0;
  virtual ~AllocationProfile() = default;
};

enum SamplingFlags : int {
  kSamplingForceGc = 1,
  kSamplingIncludeCollectedByMajorGc = 2,
  kSamplingIncludeCollectedByMinorGc = 4,
};

struct HeapGraphNode;
struct HeapGraphEdge;
enum HeapNodeType : int {
  kHiddenNode,
  kArrayNode,
  kStringNode,
  kObjectNode,
  kCodeNode,
  kClosureNode,
  kRegExpNode,
  kNumberNode,
  kNativeNode,
  kSyntheticNode,
  kConsStringNode,
  kSlicedStringNode,
  kSymbolNode,
  kBigIntNode,
  kShapeNode,
};

extern "C" {
bool heap_profiler_start_sampling(HeapProfiler*, uint64_t interval, int stack_depth, int flags)
    V8_SYMBOL("_ZN2v812HeapProfiler25StartSamplingHeapProfilerEmiNS0_13SamplingFlagsE");
void heap_profiler_stop_sampling(HeapProfiler*) V8_SYMBOL("_ZN2v812HeapProfiler24StopSamplingHeapProfilerEv");
AllocationProfile* heap_profiler_allocations(HeapProfiler*)
    V8_SYMBOL("_ZN2v812HeapProfiler20GetAllocationProfileEv");

void heap_profiler_start_tracking(HeapProfiler*, bool stacks)
    V8_SYMBOL("_ZN2v812HeapProfiler24StartTrackingHeapObjectsEb");
void heap_profiler_stop_tracking(HeapProfiler*) V8_SYMBOL("_ZN2v812HeapProfiler23StopTrackingHeapObjectsEv");
uint32_t heap_profiler_statistics(HeapProfiler*, OutputStream*, int64_t*)
    V8_SYMBOL("_ZN2v812HeapProfiler12GetHeapStatsEPNS_12OutputStreamEPl");
void heap_profiler_clear_ids(HeapProfiler*) V8_SYMBOL("_ZN2v812HeapProfiler14ClearObjectIdsEv");
int heap_snapshot_node_count(const HeapSnapshot*) V8_SYMBOL("_ZNK2v812HeapSnapshot13GetNodesCountEv");
const HeapGraphNode* heap_snapshot_node(const HeapSnapshot*, int)
    V8_SYMBOL("_ZNK2v812HeapSnapshot7GetNodeEi");
HeapNodeType heap_node_type(const HeapGraphNode*) V8_SYMBOL("_ZNK2v813HeapGraphNode7GetTypeEv");
uint32_t heap_node_id(const HeapGraphNode*) V8_SYMBOL("_ZNK2v813HeapGraphNode5GetIdEv");
Local heap_node_name(const HeapGraphNode*) V8_SYMBOL("_ZNK2v813HeapGraphNode7GetNameEv");
size_t heap_node_size(const HeapGraphNode*) V8_SYMBOL("_ZNK2v813HeapGraphNode14GetShallowSizeEv");
int heap_node_child_count(const HeapGraphNode*) V8_SYMBOL("_ZNK2v813HeapGraphNode16GetChildrenCountEv");
const HeapGraphEdge* heap_node_child(const HeapGraphNode*, int)
    V8_SYMBOL("_ZNK2v813HeapGraphNode8GetChildEi");
const HeapGraphNode* heap_edge_to(const HeapGraphEdge*) V8_SYMBOL("_ZNK2v813HeapGraphEdge9GetToNodeEv");
}

}  // namespace isolates::v8abi
