#include "engine/module_depth.h"

#include <algorithm>

#include "engine/module_map.h"

namespace isolates::engine {
namespace {

// V8's frames are about 120 and 220 bytes there: half a megabyte at most, of stacks that have eight.
constexpr size_t kDeepest = 2000;

/// Tarjan's strongly connected components, without recursion. They come dependencies first, so the depth of
/// each is known from those before it; in a cycle any path may be taken, so that counts with all its modules.
class Measure {
 public:
  Measure(ModuleMap& map, const ModuleLinking& linking)
      : map_(map), linking_(linking), nodes_(linking.modules().size()) {
    for (size_t index = 0; index < nodes_.size(); ++index) index_of_[id(index)] = index;
  }

  size_t deepest() {
    for (size_t start = 0; start < nodes_.size(); ++start) {
      if (nodes_[start].order == 0) visit(start);
    }
    return deepest_;
  }

 private:
  struct Node {
    size_t order = 0;  // 0: not visited
    size_t low = 0;
    size_t depth = 0;
    size_t next_request = 0;
    bool open = false;
  };

  uint64_t id(size_t index) const { return linking_.modules()[index]->info().id; }

  void enter(size_t index) {
    Node& node = nodes_[index];
    node.order = node.low = ++last_order_;
    node.open = true;
    open_.push_back(index);
    path_.push_back(index);
  }

  void visit(size_t start) {
    enter(start);
    while (!path_.empty()) {
      size_t index = path_.back();
      Node& node = nodes_[index];
      auto& module = *linking_.modules()[index];
      if (module.is_linked() || node.next_request == module.info().requests.size()) {
        leave(index);
        continue;
      }
      const Module* target = linking_.target(id(index), node.next_request++);
      if (!target) continue;
      size_t to = index_of_.at(target->info().id);
      if (nodes_[to].order == 0) {
        enter(to);
      } else if (nodes_[to].open) {
        node.low = std::min(node.low, nodes_[to].order);
      }
    }
  }

  void leave(size_t index) {
    path_.pop_back();
    Node& node = nodes_[index];
    if (!path_.empty()) {
      Node& above = nodes_[path_.back()];
      above.low = std::min(above.low, node.low);
    }
    if (node.low == node.order) close_component(index);
  }

  void close_component(size_t first) {
    auto begin = std::find(open_.rbegin(), open_.rend(), first).base() - 1;
    std::vector<size_t> members(begin, open_.end());
    open_.erase(begin, open_.end());
    size_t below = 0;
    for (size_t member : members) below = std::max(below, depth_below(member));
    for (size_t member : members) note(member, below + members.size());
  }

  /// By what it imports outside of its component, whose depth is not known yet.
  size_t depth_below(size_t index) {
    auto& module = *linking_.modules()[index];
    size_t below = 0;
    if (module.is_linked()) {
      ModuleRecord* record = map_.find(id(index));
      return record && record->depth > 0 ? record->depth - 1 : 0;
    }
    for (size_t request = 0; request < module.info().requests.size(); ++request) {
      const Module* target = linking_.target(id(index), request);
      if (target) below = std::max(below, nodes_[index_of_.at(target->info().id)].depth);
    }
    return below;
  }

  void note(size_t index, size_t depth) {
    Node& node = nodes_[index];
    node.open = false;
    node.depth = depth;
    deepest_ = std::max(deepest_, depth);
    if (ModuleRecord* record = map_.find(id(index))) record->depth = depth;
  }

  ModuleMap& map_;
  const ModuleLinking& linking_;
  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, size_t> index_of_;
  std::vector<size_t> path_;
  std::vector<size_t> open_;
  size_t last_order_ = 0;
  size_t deepest_ = 0;
};

}  // namespace

std::optional<Failure> measure_depths(ModuleMap& map, const ModuleLinking& linking) {
  size_t deepest = Measure(map, linking).deepest();
  if (deepest <= kDeepest) return std::nullopt;
  auto thrown = std::make_shared<Thrown>();
  thrown->js_class = Thrown::Class::kRange;
  thrown->name = Text::latin1("RangeError");
  thrown->message =
      Text::latin1("The modules import each other more than " + std::to_string(kDeepest) + " levels deep");
  return Failure{Fault::kThrown, {}, std::move(thrown)};
}

}  // namespace isolates::engine
