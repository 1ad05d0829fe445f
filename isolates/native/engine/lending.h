// Giving isolates to other threads in the middle of their JavaScript.
#pragma once
#include <memory>
#include <vector>

#include "engine/isolate.h"
#include "lib/fifo_lock.h"

namespace isolates::engine {

class Entry;

/// While a thread that is inside isolates waits for something else: others may take the locks of all of them
/// and make calls that are waited for. On the stack of that thread, inside an Isolate::Outside of the
/// innermost one (the others have called it, so they are outside too). V8 keeps what belongs to the thread
/// (its handles, entered contexts, stack limit) when it is unlocked, and gives it back.
///
/// All of them, because whatever the thread waits for may need any of them. It holds none while it waits for
/// another, not when it takes them back either: so it is part of no deadlock.
class Lending {
 public:
  Lending();
  ~Lending();
  Lending(const Lending&) = delete;
  Lending& operator=(const Lending&) = delete;

  /// What this thread runs in one of them has been told to stop.
  bool is_being_stopped() const;

  /// Ends it. Isolates that were given up meanwhile do not come back: their entries are forsaken, and whoever
  /// is about to return into their V8 frames has to leave by the rescue zone (Isolate::must_not_return).
  void take_back();

 private:
  struct Lent;

  void lock_all();
  void enter_all();

  std::vector<Entry*> entries_;  // innermost first
  std::vector<std::unique_ptr<Lent>> lent_;
};

}  // namespace isolates::engine
