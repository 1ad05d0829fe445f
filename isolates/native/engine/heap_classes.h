// What lives in a heap, by class: all of it, or what has come since a moment.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/outcome.h"
#include "engine/value.h"

namespace isolates::engine {

struct HeapClass {
  Text name;  // of the constructor; in parentheses where there is none, as in Chrome DevTools
  size_t count;
  size_t bytes;  // their own, without what they refer to; those of buffers included
};

/// Collects garbage and gives each object that is alive an id; V8 keeps them up to date while objects move,
/// which costs collections time, until a HeapClassesOperation ends that. Ends as the number of the last id.
class TrackHeapOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override;
};

/// Collects garbage. Ends as Object: shared_ptr<std::vector<HeapClass>>, of objects with ids above
/// `since_id`, the largest classes first. It takes a heap snapshot inside V8, with the memory that this
/// needs. Stopping what runs stops it.
class HeapClassesOperation final : public Operation {
 public:
  explicit HeapClassesOperation(uint32_t since_id) : since_id_(since_id) {}
  Outcome run(Isolate& isolate) override;

 private:
  const uint32_t since_id_;
};

}  // namespace isolates::engine
