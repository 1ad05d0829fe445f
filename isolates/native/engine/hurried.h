// Work that need not wait until an isolate is idle.
#pragma once
#include <memory>
#include <mutex>
#include <optional>

#include "engine/call.h"
#include "engine/v8_scopes.h"

namespace isolates::engine {

/// One piece of work in an isolate. It is queued like any call (`operation`), and may be done earlier at a
/// safe point of JavaScript that runs (`hurry`); whichever comes first does it, once. What was interrupted
/// goes on.
///
/// The mutex guards the outcome; it is a leaf.
class Hurried : public std::enable_shared_from_this<Hurried> {
 public:
  Hurried() = default;
  virtual ~Hurried();
  Hurried(const Hurried&) = delete;
  Hurried& operator=(const Hurried&) = delete;

  virtual std::shared_ptr<Isolate> isolate() const = 0;
  std::unique_ptr<Operation> operation();
  /// Does it at the next safe point if JavaScript runs in the isolate. `call` has the operation, and is
  /// queued. Any thread.
  void hurry(const std::shared_ptr<Call>& call);
  /// Inside, before anything runs: for what was asked for when nothing did. V8's lock forgets requests.
  static void hurry_in(Isolate& isolate);
  /// V8 has given up, and the frames that ran work there are gone. (Being given up is not enough: a thread
  /// may be in the middle of it still.)
  static void drop_lost(const Isolate& isolate);

 protected:
  /// Inside. Where V8 gives up its frame is lost.
  virtual Outcome run(Isolate& isolate) = 0;
  /// Whether `read` does it too.
  virtual bool is_reading() const { return false; }
  /// In Isolate::look_at_rest.
  virtual Outcome read(Isolate& isolate) { return run(isolate); }

 private:
  friend class HurriedOperation;
  static void visit(V8Isolate* v8, void*);
  static void tell(std::shared_ptr<Hurried> work);
  bool is_wanted() const;
  bool begin();                     // false: somebody else has
  bool run_here(Isolate& isolate);  // the same
  bool read_here(Isolate& isolate);

  std::weak_ptr<Call> call_;

  std::mutex mutex_;
  bool begun_ = false;
  std::optional<Outcome> outcome_;
};

/// Any operation that may be run while JavaScript is on the stack, in the middle of whatever it does.
class HurriedCall final : public Hurried {
 public:
  /// kReads: only figures that V8 tells of a heap at rest without an entry. So JavaScript that waits for
  /// something outside, and comes to no safe point, need not be waited for.
  enum class Does : bool { kWorks, kReads };

  HurriedCall(std::shared_ptr<Isolate> isolate, std::unique_ptr<Operation> work, Does does = Does::kWorks)
      : isolate_(std::move(isolate)), work_(std::move(work)), does_(does) {}
  std::shared_ptr<Isolate> isolate() const override { return isolate_; }

 private:
  Outcome run(Isolate& isolate) override;
  bool is_reading() const override { return does_ == Does::kReads; }
  Outcome read(Isolate& isolate) override { return work_->run(isolate); }

  const std::shared_ptr<Isolate> isolate_;
  const std::unique_ptr<Operation> work_;
  const Does does_;
};

}  // namespace isolates::engine
