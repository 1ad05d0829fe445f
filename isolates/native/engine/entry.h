// Being inside an isolate: V8's lock, the stack limit and the clocks.
#pragma once
#include <optional>

#include "engine/isolate.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

/// On the stack of a thread that holds the isolate's lock; nested where a host function calls back in.
/// While it lives on top, the isolate's CPU clock runs and that of the isolate below it pauses.
class Entry {
 public:
  /// `is_asynchronous` counts for the outermost entry of the thread.
  explicit Entry(Isolate& isolate, bool is_asynchronous = false);
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  bool is_outermost() const { return outermost_; }
  /// What this thread runs is an asynchronous call of an isolate that JavaScript has made (nested_call.h).
  bool is_asynchronous() const { return asynchronous_; }
  /// V8 may not be touched any more, not even to leave it.
  void forsake() { forsaken_ = true; }
  bool is_forsaken() const { return forsaken_; }
  Entry* below() const { return below_; }

  /// For V8 to know again which isolates this thread is in.
  static void enter_all_again();

  /// The innermost entry of the calling thread, or null.
  static Entry* innermost();
  Isolate& isolate() const { return isolate_; }

 private:
  friend class Isolate;
  bool is_below(const Isolate& isolate) const;
  static bool is_clock_running(Isolate& isolate);
  static V8Isolate* lock(Isolate& isolate, bool is_outermost);
  static void switch_clocks(Isolate* from, Isolate* to, bool from_ends, bool to_begins);

  Isolate& isolate_;
  Entry* below_;
  const bool outermost_;
  const bool lent_below_;  // by this thread, which is in it again
  const bool paused_below_;
  const bool resumed_;  // its clock, which stood while its code waited for whoever calls back in
  const bool asynchronous_;
  bool forsaken_ = false;
  struct Inside {
    explicit Inside(V8Isolate* v8) : entered(v8), handles(v8) {}
    EnteredIsolate entered;
    HandleScope handles;
  };
  union {
    Inside inside_;  // destroyed unless it is forsaken
  };
};

}  // namespace isolates::engine
