#include "engine/entry.h"

#include <algorithm>
#include <vector>

#include "engine/hurried.h"
#include "engine/v8_abi_lock.h"
#include "lib/stack.h"

namespace isolates::engine {
namespace {

thread_local Entry* innermost_entry = nullptr;

// As V8's own default. What is left below is for host functions that JavaScript calls at its deepest.
constexpr uintptr_t kJavaScriptStackBytes = 984 << 10;
constexpr uintptr_t kReserveBytes = 192 << 10;

uintptr_t stack_limit() {
  uintptr_t here = lib::stack_pointer();
  uintptr_t lowest = lib::stack_bottom() + kReserveBytes;
  if (here <= lowest) return here;  // the next call throws RangeError
  return std::max(lowest, here - std::min(here, kJavaScriptStackBytes));
}

}  // namespace

Entry* Entry::innermost() { return innermost_entry; }

Entry::Entry(Isolate& isolate, bool is_asynchronous)
    : isolate_(isolate),
      below_(innermost_entry),
      outermost_(isolate.depth_ == 0),
      lent_below_(outermost_ && is_below(isolate)),
      paused_below_(below_ && &below_->isolate_ != &isolate && is_clock_running(below_->isolate_)),
      resumed_(!outermost_ && !is_clock_running(isolate)),
      asynchronous_(below_ ? below_->asynchronous_ : is_asynchronous),
      inside_(lock(isolate, outermost_)) {
  // Nested entries keep the outermost limit: all frames of this isolate share one allowance.
  if (outermost_) v8abi::isolate_set_stack_limit(isolate.v8_, stack_limit());
  ++isolate.depth_;
  innermost_entry = this;
  switch_clocks(paused_below_ ? &below_->isolate_ : nullptr, outermost_ || resumed_ ? &isolate : nullptr,
                false, outermost_);
  if (outermost_ && isolate.cpu_sampling_.is_on()) isolate.cpu_sampling_.enter(isolate);
  if (outermost_) Hurried::hurry_in(isolate);
}

bool Entry::is_below(const Isolate& isolate) const {
  for (Entry* entry = below_; entry; entry = entry->below_) {
    if (&entry->isolate_ == &isolate) return true;
  }
  return false;
}

/// For this thread. It stands while what runs waits for something outside, which may call back in.
bool Entry::is_clock_running(Isolate& isolate) {
  std::lock_guard<std::mutex> guard(isolate.state_mutex_);
  return isolate.cpu_since_ns_ >= 0 && pthread_equal(isolate.cpu_thread_, pthread_self());
}

V8Isolate* Entry::lock(Isolate& isolate, bool is_outermost) {
  if (is_outermost) isolate.v8_lock_.take(isolate.v8_);
  return isolate.v8_;
}

Entry::~Entry() {
  if (outermost_ && !forsaken_ && isolate_.cpu_sampling_.is_on() && !isolate_.v8_gave_up_)
    isolate_.cpu_sampling_.leave(isolate_);
  switch_clocks(outermost_ || resumed_ ? &isolate_ : nullptr, paused_below_ ? &below_->isolate_ : nullptr,
                outermost_, false);
  innermost_entry = below_;
  if (forsaken_) return;
  --isolate_.depth_;
  inside_.~Inside();
  if (!outermost_) return;
  // V8 puts back what it has restored for this very thread: no other thread could do it. And an exception
  // that nobody has caught must not meet the next call.
  if (lent_below_ || v8abi::isolate_has_pending_exception(isolate_.v8_)) isolate_.v8_lock_.give_back();
}

void Entry::enter_all_again() {
  std::vector<Entry*> entries;  // innermost first
  for (Entry* entry = innermost(); entry; entry = entry->below_) {
    if (!entry->is_forsaken()) entries.push_back(entry);
  }
  for (Entry* entry : entries) v8abi::isolate_exit(entry->isolate_.v8());
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    v8abi::isolate_enter((*entry)->isolate_.v8());
  }
}

Isolate::Outside::Outside(Isolate& isolate) : isolate_(isolate) {
  if (isolate.cpu_sampling_.is_on()) isolate.cpu_sampling_.wait(isolate);
  {
    std::lock_guard<std::mutex> guard(isolate.state_mutex_);
    isolate.pause_deadlines();
    if (isolate.runs_) ++isolate.runs_->outside;
  }
  Entry::switch_clocks(&isolate_, nullptr, false, false);
}

Isolate::Outside::~Outside() {
  if (Entry::innermost()->is_forsaken()) return;
  Entry::switch_clocks(nullptr, &isolate_, false, false);
  uint64_t over;
  {
    std::lock_guard<std::mutex> guard(isolate_.state_mutex_);
    over = isolate_.resume_deadlines();
    if (isolate_.runs_) --isolate_.runs_->outside;
  }
  if (over) isolate_.stop(over, Fault::kTimeout);
  if (isolate_.cpu_sampling_.is_on() && !isolate_.v8_gave_up_) isolate_.cpu_sampling_.wait(isolate_);
}

/// Where JavaScript runs, so the clock does. A profile goes on: the thread stays inside.
Isolate::Aside::Aside(Isolate& isolate) : isolate_(isolate) {
  std::lock_guard<std::mutex> guard(isolate.state_mutex_);
  isolate.pause_deadlines();
  int64_t cpu = lib::thread_cpu_ns(lib::wall_now_ns());
  isolate.cpu_total_ns_ += cpu - isolate.cpu_since_ns_;
  isolate.cpu_since_ns_ = cpu;
  isolate.is_aside_ = true;
}

Isolate::Aside::~Aside() {
  uint64_t over;
  {
    std::lock_guard<std::mutex> guard(isolate_.state_mutex_);
    isolate_.cpu_since_ns_ = lib::thread_cpu_ns(lib::wall_now_ns());
    isolate_.is_aside_ = false;
    over = isolate_.resume_deadlines();
  }
  if (over) isolate_.stop(over, Fault::kTimeout);
}

/// Stops one clock and starts another with a single reading of each: a reading of the thread's CPU clock is
/// a system call. The clocks of an isolate that waits outside (Isolate::Outside) are stopped already.
void Entry::switch_clocks(Isolate* from, Isolate* to, bool from_ends, bool to_begins) {
  if (!from && !to) return;
  int64_t wall = 0;
  int64_t cpu = 0;
  auto read = [&] {
    wall = lib::wall_now_ns();
    cpu = lib::thread_cpu_ns(wall);
  };
  if (from) {
    std::lock_guard<std::mutex> guard(from->state_mutex_);
    read();  // with the mutex: whoever asks for the time before this must not get a later one
    // Unless this thread has lost it to another one.
    if (pthread_equal(from->cpu_thread_, pthread_self())) {
      if (from->cpu_since_ns_ >= 0) from->cpu_total_ns_ += cpu - from->cpu_since_ns_;
      from->cpu_since_ns_ = -1;
    }
    if (from_ends && --from->wall_users_ == 0) {  // more than one while it is lent
      from->wall_total_ns_ += wall - from->wall_since_ns_;
      from->wall_since_ns_ = -1;
    }
  }
  if (to) {
    std::lock_guard<std::mutex> guard(to->state_mutex_);
    if (!from) read();
    to->cpu_since_ns_ = cpu;
    to->cpu_thread_ = pthread_self();
    if (to_begins && to->wall_users_++ == 0) to->wall_since_ns_ = wall;
    // V8's lock has forgotten a request that came before this.
    if (to_begins && to->runs_ && to->runs_->stopped) v8abi::isolate_terminate(to->v8_);
  }
}

}  // namespace isolates::engine
