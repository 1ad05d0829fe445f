#include "engine/heap_classes.h"

#include <algorithm>
#include <map>

#include "engine/convert.h"
#include "engine/isolate.h"
#include "engine/stop_when_stopped.h"
#include "engine/v8_abi_heap.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {
namespace {

class NoStream final : public v8abi::OutputStream {
 public:
  void EndOfStream() override {}
  int GetChunkSize() override { return 1 << 10; }
  int WriteAsciiChunk(char*, int) override { return kAbort; }
};

/// Null for those that have a name of their own.
const char* name_of_type(v8abi::HeapNodeType type) {
  switch (type) {
    case v8abi::kObjectNode:
      return nullptr;
    case v8abi::kArrayNode:
      return "(array)";
    case v8abi::kStringNode:
    case v8abi::kConsStringNode:
    case v8abi::kSlicedStringNode:
      return "(string)";
    case v8abi::kCodeNode:
      return "(compiled code)";
    case v8abi::kClosureNode:
      return "Function";
    case v8abi::kRegExpNode:
      return "RegExp";
    case v8abi::kNumberNode:
      return "(number)";
    case v8abi::kSymbolNode:
      return "(symbol)";
    case v8abi::kBigIntNode:
      return "(bigint)";
    case v8abi::kShapeNode:
      return "(object shape)";
    default:
      return "(system)";
  }
}

class Counter {
 public:
  Counter(Isolate& isolate, uint32_t since_id) : isolate_(isolate), since_id_(since_id) {}

  /// False if it was stopped.
  bool count_all(const v8abi::HeapSnapshot* snapshot) {
    constexpr int kBetweenLooks = 1 << 14;
    int nodes = v8abi::heap_snapshot_node_count(snapshot);
    for (int index = 0; index < nodes; ++index) {
      if (index % kBetweenLooks == 0 && isolate_.is_being_stopped()) return false;
      count(v8abi::heap_snapshot_node(snapshot, index));
    }
    return true;
  }

  std::vector<HeapClass> result() const {
    std::vector<HeapClass> classes;
    for (auto& [name, sum] : classes_) classes.push_back({{name.first, name.second}, sum.count, sum.bytes});
    std::sort(classes.begin(), classes.end(),
              [](const HeapClass& one, const HeapClass& other) { return one.bytes > other.bytes; });
    return classes;
  }

 private:
  struct Sum {
    size_t count = 0;
    size_t bytes = 0;
  };

  void count(const v8abi::HeapGraphNode* node) {
    auto type = v8abi::heap_node_type(node);
    size_t bytes = v8abi::heap_node_size(node);
    if (v8abi::heap_node_id(node) <= since_id_ || bytes == 0 || type == v8abi::kSyntheticNode) return;
    // Ids of what lies outside of the heap are given anew by each snapshot.
    if (type == v8abi::kNativeNode) return;
    HandleScope handles(isolate_.v8());
    const char* name = name_of_type(type);
    Text text = name ? Text::latin1(name) : read_text(isolate_, v8abi::heap_node_name(node)).value_or(Text{});
    if (text.units == "ArrayBuffer" || text.units == "SharedArrayBuffer") bytes += outside_of(node);
    Sum& sum = classes_[{text.two_byte, std::move(text.units)}];
    ++sum.count;
    sum.bytes += bytes;
  }

  static size_t outside_of(const v8abi::HeapGraphNode* node) {
    size_t bytes = 0;
    for (int child = v8abi::heap_node_child_count(node); child-- > 0;) {
      const auto* to = v8abi::heap_edge_to(v8abi::heap_node_child(node, child));
      if (v8abi::heap_node_type(to) == v8abi::kNativeNode) bytes += v8abi::heap_node_size(to);
    }
    return bytes;
  }

  Isolate& isolate_;
  const uint32_t since_id_;
  std::map<std::pair<bool, std::string>, Sum> classes_;
};

}  // namespace

Outcome TrackHeapOperation::run(Isolate& isolate) {
  auto* profiler = v8abi::isolate_heap_profiler(isolate.v8());
  v8abi::heap_profiler_start_tracking(profiler, false);
  NoStream nowhere;
  return Value(static_cast<double>(v8abi::heap_profiler_statistics(profiler, &nowhere, nullptr)));
}

Outcome HeapClassesOperation::run(Isolate& isolate) {
  const Failure stopped{Fault::kTerminated, "Execution was terminated", {}};
  auto* profiler = v8abi::isolate_heap_profiler(isolate.v8());
  StopWhenStopped control(isolate);
  constexpr bool kHideInternals = true, kNumericValues = false;
  auto* snapshot =
      v8abi::heap_profiler_take_snapshot(profiler, &control, nullptr, kHideInternals, kNumericValues);
  Counter counter(isolate, since_id_);
  bool counted = snapshot && counter.count_all(snapshot);
  if (snapshot) v8abi::heap_snapshot_delete(snapshot);
  v8abi::heap_profiler_stop_tracking(profiler);
  v8abi::heap_profiler_clear_ids(profiler);
  if (!counted) return stopped;
  return Object(std::make_shared<std::vector<HeapClass>>(counter.result()));
}

}  // namespace isolates::engine
