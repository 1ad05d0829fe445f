#include "engine/hurried.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <utility>
#include <vector>

#include "engine/entry.h"
#include "lib/thread_pool.h"

namespace isolates::engine {
namespace {

thread_local const Isolate* hurried_in = nullptr;

/// The work that waits for a safe point, and that which a visitor does. V8 hands a visitor no more than an
/// isolate that may be gone by then, so it is not its data; and where V8 gives up the visitor's frame is
/// lost, so it owns nothing. The mutex is a leaf.
class Visits {
 public:
  static Visits& instance() {
    static auto& visits = *new Visits;
    return visits;
  }

  void add(const std::shared_ptr<Isolate>& isolate, const std::shared_ptr<Hurried>& work) {
    std::lock_guard<std::mutex> guard(mutex_);
    waiting_.push_back({isolate.get(), work, work.get()});
    count();
  }

  /// What was running there when V8 gave up.
  std::vector<std::shared_ptr<Hurried>> take_running(const Isolate& isolate) {
    std::vector<std::shared_ptr<Hurried>> taken;
    std::lock_guard<std::mutex> guard(mutex_);
    for (auto it = running_.begin(); it != running_.end();) {
      bool is_there = it->isolate == &isolate;
      if (is_there) taken.push_back(std::move(it->work));
      it = is_there ? running_.erase(it) : std::next(it);
    }
    return taken;
  }

  /// It needs no visitor any more.
  void forget(const Hurried* work) {
    std::lock_guard<std::mutex> guard(mutex_);
    waiting_.remove_if([work](const Waiting& waiting) { return waiting.key == work; });
    count();
  }

  /// Whether any isolate has some. Any thread, without a lock.
  bool are_there() const { return count_.load() != 0; }

  /// The next one of this isolate; to be given back by `end`.
  Hurried* begin(Isolate& isolate) {
    std::lock_guard<std::mutex> guard(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      auto at = it++;
      if (at->isolate != &isolate) continue;
      auto work = at->work.lock();
      waiting_.erase(at);
      count();
      if (!work) continue;
      running_.push_back({&isolate, std::move(work)});
      return running_.back().work.get();
    }
    return nullptr;
  }

  std::shared_ptr<Hurried> end(Hurried* work) {
    std::lock_guard<std::mutex> guard(mutex_);
    auto is_it = [work](const Running& running) { return running.work.get() == work; };
    auto at = std::find_if(running_.begin(), running_.end(), is_it);
    auto held = std::move(at->work);
    running_.erase(at);
    return held;
  }

 private:
  struct Waiting {
    Isolate* isolate;  // whose address it is; not followed
    std::weak_ptr<Hurried> work;
    const Hurried* key;
  };
  struct Running {
    const Isolate* isolate;
    std::shared_ptr<Hurried> work;
  };
  void count() { count_.store(waiting_.size()); }

  std::mutex mutex_;
  std::atomic<size_t> count_{0};
  std::list<Waiting> waiting_;
  std::list<Running> running_;
};

}  // namespace

class HurriedOperation final : public Operation {
 public:
  explicit HurriedOperation(std::shared_ptr<Hurried> work) : work_(std::move(work)) {}
  Outcome run(Isolate& isolate) override {
    Visits::instance().forget(work_.get());
    work_->run_here(isolate);
    std::lock_guard<std::mutex> guard(work_->mutex_);
    return work_->outcome_ ? *work_->outcome_ : Outcome(Failure{Fault::kState, "It did not end", {}});
  }

 private:
  const std::shared_ptr<Hurried> work_;
};

Hurried::~Hurried() { Visits::instance().forget(this); }

void Hurried::hurry_in(Isolate& isolate) {
  if (Visits::instance().are_there()) isolate.request_visit(visit, nullptr);
}

void Hurried::drop_lost(const Isolate& isolate) {
  if (hurried_in == &isolate) hurried_in = nullptr;  // another isolate may get its address
  auto lost = Visits::instance().take_running(isolate);
  if (lost.empty()) return;
  lib::ThreadPool::instance().post([lost = std::move(lost)] {});
}

std::unique_ptr<Operation> Hurried::operation() {
  return std::make_unique<HurriedOperation>(shared_from_this());
}

void Hurried::hurry(const std::shared_ptr<Call>& call) {
  call_ = call;
  auto target = isolate();
  if (read_here(*target)) return tell(shared_from_this());
  Visits::instance().add(target, shared_from_this());
  target->request_visit(visit, nullptr);
}

void Hurried::visit(V8Isolate*, void*) {
  Isolate& isolate = Entry::innermost()->isolate();
  // What is being stopped shall stop; the queued call does it afterwards.
  // A look inside a look has V8 crash, and need not be: it ends soon.
  while (!isolate.is_being_stopped() && hurried_in != &isolate) {
    Hurried* next = Visits::instance().begin(isolate);
    if (!next) return;
    bool has_run = next->is_wanted() && next->run_here(isolate);
    auto work = Visits::instance().end(next);
    if (has_run) tell(std::move(work));
  }
}

/// The call's receiver may take the GIL, which must not be waited for with JavaScript on the stack.
void Hurried::tell(std::shared_ptr<Hurried> work) {
  lib::ThreadPool::instance().post_aside([work = std::move(work)] {
    auto call = work->call_.lock();
    if (call) call->finish(*work->outcome_);
    // The call stays in the queue of an isolate that may never be idle.
    std::optional<Outcome> told;
    std::lock_guard<std::mutex> guard(work->mutex_);
    told.swap(work->outcome_);
  });
}

/// Not if its call has been cancelled, or failed with its isolate.
bool Hurried::is_wanted() const {
  auto call = call_.lock();
  return call && !call->is_finished();
}

bool Hurried::begin() {
  std::lock_guard<std::mutex> guard(mutex_);
  return !std::exchange(begun_, true);
}

/// Nobody is in the isolate meanwhile, so the queued call finds the outcome.
bool Hurried::read_here(Isolate& isolate) {
  bool has_read = false;
  auto look = [&] {
    if (!begin()) return;
    Outcome outcome = read(isolate);
    std::lock_guard<std::mutex> guard(mutex_);
    outcome_ = std::move(outcome);
    has_read = true;
  };
  return is_reading() && isolate.look_at_rest(look) && has_read;
}

bool Hurried::run_here(Isolate& isolate) {
  if (!begin()) return false;
  hurried_in = &isolate;
  Outcome outcome = run(isolate);
  hurried_in = nullptr;
  std::lock_guard<std::mutex> guard(mutex_);
  outcome_ = std::move(outcome);
  return true;
}

Outcome HurriedCall::run(Isolate& isolate) {
  Isolate::Aside aside(isolate);
  HandleScope handles(isolate.v8());
  return work_->run(isolate);
}

}  // namespace isolates::engine
