#include "engine/references.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "engine/callback.h"
#include "engine/handles.h"
#include "engine/isolate.h"
#include "engine/module.h"
#include "engine/remote_handle.h"

namespace isolates::engine {

using Kind = Transferable::Kind;

const RemoteHandle* remote_of(const Transferable& held) {
  switch (held.kind()) {
    case Kind::kContext:
      return static_cast<const ContextHandle&>(held).remote().get();
    case Kind::kScript:
      return static_cast<const ScriptHandle&>(held).remote().get();
    case Kind::kModule:
      return static_cast<const Module&>(held).remote().get();
    case Kind::kReference:
      return static_cast<const Reference&>(held).remote().get();
    case Kind::kCallback:
      return static_cast<const Callback&>(held).function()->remote().get();
    default:
      return nullptr;
  }
}

namespace {

constexpr char kInternal[] = "Internal";

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::kContext:
      return "Context";
    case Kind::kScript:
      return "Script";
    case Kind::kModule:
      return "Module";
    case Kind::kCallback:
      return "Callback";
    default:
      return "Reference";
  }
}

std::string type_of(const Transferable& held) {
  if (held.kind() == Kind::kReference) return static_cast<const Reference&>(held).type();
  return held.kind() == Kind::kCallback ? "function" : "";
}

}  // namespace

/// A look at the grips of an isolate. What it has is dropped after the mutex was given back.
class GripList {
 public:
  explicit GripList(Isolate& isolate) : grips_(isolate.grips()), guard_(grips_->mutex, std::defer_lock) {
    guard_.lock();
    for (Grip* grip = grips_->first; grip; grip = grip->next_) add(*grip);
  }

  /// The end of the look: others may go on while the handles are counted.
  std::vector<ReferenceGroup> groups() {
    guard_.unlock();
    std::vector<ReferenceGroup> groups;
    std::unordered_map<const RemoteHandle*, const Held*> counted;
    for (auto& held : all_) {
      auto& one = counted[held.handle];
      if (!one || (one->group.holder && !held.group.holder)) one = &held;
    }
    for (auto& [handle, held] : counted) {
      auto is_same = [&, held = held](const ReferenceGroup& group) {
        return std::tie(group.kind, group.type, group.holder) ==
               std::tie(held->group.kind, held->group.type, held->group.holder);
      };
      auto known = std::find_if(groups.begin(), groups.end(), is_same);
      if (known == groups.end()) known = groups.insert(known, held->group);
      ++known->count;
    }
    return groups;
  }

  Released release(const ReferenceFilter& filter) {
    Released released;
    std::unordered_set<const RemoteHandle*> handles;
    std::unordered_set<const Transferable*> globals;
    for (auto& held : all_) {
      auto& group = held.group;
      if (group.kind == kInternal || (filter.kind && *filter.kind != group.kind)) continue;
      if ((filter.type && *filter.type != group.type) || (filter.holder && *filter.holder != group.holder))
        continue;
      released.taken.push_back(held.grip->take());
      handles.insert(held.handle);
      if (group.kind == name_of(Kind::kContext))
        globals.insert(static_cast<const ContextHandle&>(*released.taken.back()).global().get());
    }
    // The global's Reference goes with its context, for whoever has lost that.
    for (auto& held : uncounted_) {
      bool is_lost = !filter.holder || *filter.holder == held.group.holder;
      if (is_lost && globals.count(held.grip->peek())) released.taken.push_back(held.grip->take());
    }
    released.count = static_cast<int64_t>(handles.size());
    return released;
  }

 private:
  struct Held {
    Grip* grip;
    const RemoteHandle* handle;
    ReferenceGroup group;
  };

  void add(Grip& grip) {
    auto holder = grip.isolate_.lock();
    // An isolate that is gone: its objects are about to go.
    bool is_internal = grip.is_kept_ || (grip.holder_ == Grip::Holder::kIsolate && !holder);
    const RemoteHandle* handle = remote_of(*grip.held_);
    Held held{&grip, handle, {name_of(grip.held_->kind()), type_of(*grip.held_), std::move(holder), 0}};
    if (is_internal) held.group = {kInternal, {}, nullptr, 0};
    (handle->is_counted() ? all_ : uncounted_).push_back(std::move(held));
  }

  const std::shared_ptr<Grips> grips_;
  std::vector<Held> all_;
  std::vector<Held> uncounted_;
  std::unique_lock<std::mutex> guard_;
};

std::vector<ReferenceGroup> references_of(Isolate& isolate) {
  auto groups = GripList(isolate).groups();
  int64_t others = isolate.reference_count();
  for (auto& group : groups) others -= group.count;
  if (others > 0) {
    auto is_internal = [](const ReferenceGroup& group) { return group.kind == kInternal; };
    auto known = std::find_if(groups.begin(), groups.end(), is_internal);
    if (known == groups.end()) known = groups.insert(known, {kInternal, {}, nullptr, 0});
    known->count += others;
  }
  auto is_before = [](const ReferenceGroup& one, const ReferenceGroup& other) {
    bool one_outside = one.holder != nullptr, other_outside = other.holder != nullptr;
    return std::tie(one.kind, one.type, one_outside, other.count) <
           std::tie(other.kind, other.type, other_outside, one.count);
  };
  std::sort(groups.begin(), groups.end(), is_before);
  return groups;
}

Released release_references(Isolate& isolate, const ReferenceFilter& filter) {
  return GripList(isolate).release(filter);
}

}  // namespace isolates::engine
