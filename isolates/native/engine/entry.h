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
  explicit Entry(Isolate& isolate);
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  bool is_outermost() const { return outermost_; }

  /// The innermost entry of the calling thread, or null.
  static Entry* innermost();
  Isolate& isolate() const { return isolate_; }

 private:
  friend class Isolate;
  static void switch_clocks(Isolate* from, Isolate* to, bool from_ends, bool to_begins);

  Isolate& isolate_;
  Entry* below_;
  const bool outermost_;
  const bool paused_below_;
  V8Lock v8_lock_;
  EnteredIsolate entered_;
  HandleScope handles_;
};

}  // namespace isolates::engine
