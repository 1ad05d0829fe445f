// Promises that were rejected in a run and that nobody has handled yet.
#pragma once
#include <algorithm>
#include <list>
#include <unordered_map>

#include "engine/mark.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

struct Rejection {
  Local promise;  // globals
  Local reason;
  Local message;  // where it was thrown, or null
  Mark mark;

  /// Inside.
  void free() const;
};

/// Of one isolate, or of a thread that has lent it; touched inside only. A loop of microtasks may reject
/// promises for ever, and each that is kept here is one that V8 can't collect: beyond kMostKept they are only
/// counted.
class Rejections {
 public:
  static constexpr size_t kMostKept = 1000;

  bool is_full() const { return kept_.size() >= kMostKept; }
  /// Globals, which are this object's now.
  void keep(const Rejection& rejection);
  void count(Mark mark);
  /// Somebody looks after it. In constant time.
  void forget(Local promise);
  /// Those of a thread that had lent the isolate come before those of threads that came meanwhile.
  void put_before(Rejections earlier);
  /// Frees the globals.
  void clear();

  const std::list<Rejection>& kept() const { return kept_; }
  /// Of those that were only counted.
  size_t more() const { return counted_ - std::min(counted_, handled_); }
  /// What was handled may have been of an earlier run: it is known only of those that are kept.
  bool is_about() const { return handled_ > 0; }
  /// Of the first of them.
  Mark mark_of_more() const { return counted_mark_; }

 private:
  using Place = std::list<Rejection>::iterator;

  std::list<Rejection> kept_;
  std::unordered_multimap<int, Place> by_hash_;  // different promises may have one hash
  size_t counted_ = 0;
  size_t handled_ = 0;  // of unknown ones since there are counted ones
  Mark counted_mark_ = 0;
};

}  // namespace isolates::engine
