// What wakes an asyncio event loop: one for each loop that awaits.
#pragma once
#include <pybind11/pybind11.h>

#include <deque>
#include <memory>
#include <mutex>

#include "lib/wake_descriptor.h"

namespace isolates::bind {

/// The awaiting objects (bind/awaiting.h) whose calls have ended and that the loop has still to tell.
///
/// Any thread puts in, without the GIL; the loop takes out, in the same order, inside one callback. Only the
/// first that is put in after the loop has seen it empty wakes the loop, so a thousand ends cost one system
/// call. The loop watches a descriptor by `add_reader`; for a loop that has no such thing, the waking thread
/// takes the GIL and uses `call_soon_threadsafe`.
///
/// Owned by those who will put in, by the registry, and by the reader, an object that the loop keeps until
/// it is closed: when that goes, the mailbox closes and drops what it has. It holds the loop weakly, or a
/// loop that was left with a task that waits would never be freed. The mutex is a leaf.
class LoopMailbox : public std::enable_shared_from_this<LoopMailbox> {
 public:
  /// Null with an exception set if the loop can't be used. With the GIL.
  static std::shared_ptr<LoopMailbox> of(PyObject* loop);
  ~LoopMailbox();

  /// Takes over a reference. Any thread, with or without the GIL.
  void put(PyObject* awaiting);

  /// By the loop, with the GIL: tells those that are there now. False with an exception set if one of them
  /// raised what has to end the loop; the others stay for the next time.
  bool take_out();
  /// With the GIL.
  void close();
  /// For the collector: a loop that nobody has any more may be held by the tasks in here.
  int traverse(visitproc visit, void* arg);

 private:
  static std::shared_ptr<LoopMailbox> make(PyObject* loop);
  bool is_for(PyObject* loop) const;
  void wake();
  void wake_by_call();
  PyObject* next();
  void rest();

  std::unique_ptr<lib::WakeDescriptor> descriptor_;  // null: by call_soon_threadsafe. Constant once made
  PyObject* weak_loop_ = nullptr;                    // constant once made

  std::mutex mutex_;
  std::deque<PyObject*> ended_;
  bool awake_ = false;  // the loop was woken and has not seen it empty since
  bool closed_ = false;
};

void bind_loop_mailbox();

}  // namespace isolates::bind
