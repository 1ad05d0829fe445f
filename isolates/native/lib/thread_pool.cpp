#include "lib/thread_pool.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "lib/process.h"
#include "lib/timer.h"
#include "lib/wait_hook.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace isolates::lib {
namespace {

// JavaScript may use 1 MB of it (engine/entry.cpp); the rest is for Python callbacks inside it.
constexpr size_t kStackBytes = 8 << 20;

thread_local std::shared_ptr<ThreadPool::Worker> current_worker;

// Turns of many calls take a millisecond (engine/isolate.cpp). Longer, and a prompt would feel slow.
constexpr auto kStall = std::chrono::milliseconds(15);

/// Not to be taken back: that needs a privilege. Only Linux has priorities of threads.
void lower_priority(const ThreadPool::Worker& worker) {
#ifdef __linux__
  // A tenth of the share of the others, who run when they want to. With the same share 40 endless loops on
  // two cores make a thread that wakes up wait for 60 ms now and then.
  constexpr int kSlowerBy = 10;
  constexpr int kNicest = 19;
  auto id = static_cast<id_t>(worker.system_id);
  bool is_slow = worker.pace == ThreadPool::Pace::kSlow;
  int niceness = is_slow ? std::min(getpriority(PRIO_PROCESS, id) + kSlowerBy, kNicest) : kNicest;
  setpriority(PRIO_PROCESS, id, niceness);
#else
  (void)worker;
#endif
}

bool start_detached(std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto* owned = new std::function<void()>(std::move(body));
  pthread_t thread;
  auto entry = [](void* argument) -> void* {
    std::unique_ptr<std::function<void()>> run(static_cast<std::function<void()>*>(argument));
    (*run)();
    return nullptr;
  };
  bool started = pthread_create(&thread, &attributes, entry, owned) == 0;
  if (!started) delete owned;
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace

ThreadPool& ThreadPool::instance() {
  static auto* pool = new ThreadPool();
  return *pool;
}

ThreadPool::ThreadPool() : cores_and_one_(usable_cores() + 1) {}

std::shared_ptr<ThreadPool::Worker> ThreadPool::current() { return current_worker; }

void ThreadPool::post(Job job) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (closing_) return;
  jobs_.push_back(std::move(job));
  provide_threads();
  wake_.notify_one();
}

void ThreadPool::post_aside(Job job) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (closing_) return;
  ++outsiders_;
  jobs_.push_front([this, job = std::move(job)] {
    job();
    std::lock_guard<std::mutex> guard(mutex_);
    --outsiders_;
    if (at_work_ > wanted()) wake_.notify_one();
  });
  provide_threads();
  wake_.notify_one();
}

/// After each change by which a job may have nobody who is about to take it. While jobs wait, an idle thread
/// has been woken; it calls this when it has taken its job.
void ThreadPool::provide_threads() {
  if (idle_ > 0 || forlorn_jobs() <= 0 || closing_) return;
  if (at_work_ < wanted()) start_thread();
  if (will_look_ || forlorn_jobs() <= 0 || slow_ >= kMostSlow) return;
  will_look_ = true;
  ++looks_;
  jobs_ended_before_ = jobs_ended_;
  Timer::instance().schedule(SteadyClock::now() + kStall, [this] { look_for_stall(); });
}

/// Where the system has no thread left, the jobs wait for those that are there.
bool ThreadPool::start_thread() {
  auto worker = std::make_shared<Worker>();
  if (!start_detached([this, worker] { run_thread(worker); })) return false;
  ++at_work_;
  ++starting_;
  ++alive_;
  return true;
}

void ThreadPool::look_for_stall() {
  std::lock_guard<std::mutex> guard(mutex_);
  will_look_ = false;
  if (closing_) return;
  if (jobs_ended_ == jobs_ended_before_) set_slow_ones_aside();
  while (forlorn_jobs() > 0 && at_work_ < wanted() && start_thread()) {
  }
  provide_threads();
}

/// As many as jobs wait, those first that are at theirs for the longest time.
void ThreadPool::set_slow_ones_aside() {
  std::vector<Worker*> slow;
  for (Worker* worker : workers_) {
    bool at_work = worker->pace == Pace::kNormal && !worker->waiting && worker->busy;
    if (at_work && worker->busy_since < looks_) slow.push_back(worker);
  }
  std::sort(slow.begin(), slow.end(),
            [](Worker* one, Worker* other) { return one->busy_since < other->busy_since; });
  int wanted = std::min(forlorn_jobs(), kMostSlow - slow_);
  for (Worker* worker : slow) {
    if (wanted-- > 0) set_aside(*worker, Pace::kSlow);
  }
}

void ThreadPool::set_aside(Worker& worker, Pace pace) {
  if (!worker.waiting) count(worker, -1);
  worker.pace = pace;
  if (!worker.waiting) count(worker, 1);
  lower_priority(worker);
}

void ThreadPool::count(const Worker& worker, int change) {
  if (worker.pace == Pace::kNormal) at_work_ += change;
  if (worker.pace == Pace::kSlow) slow_ += change;
}

void ThreadPool::run_thread(std::shared_ptr<Worker> worker) {
#ifdef __linux__
  worker->system_id = syscall(SYS_gettid);
#endif
  current_worker = worker;
  std::unique_lock<std::mutex> guard(mutex_);
  --starting_;
  workers_.push_back(worker.get());
  run_jobs(*worker, guard);
  workers_.erase(std::find(workers_.begin(), workers_.end(), worker.get()));
  count(*worker, -1);
  --alive_;
  if (!jobs_.empty()) wake_.notify_one();
  provide_threads();
  idle_changed_.notify_all();
  current_worker.reset();
}

void ThreadPool::run_jobs(Worker& worker, std::unique_lock<std::mutex>& guard) {
  while (worker.pace == Pace::kNormal && at_work_ <= wanted()) {
    if (jobs_.empty()) {
      ++idle_;
      idle_changed_.notify_all();
      wake_.wait(guard);
      --idle_;
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    worker.busy = true;
    worker.busy_since = looks_;
    provide_threads();
    guard.unlock();
    job();
    job = nullptr;  // what it holds is released without the mutex
    guard.lock();
    worker.busy = false;
    ++jobs_ended_;
  }
}

void ThreadPool::give_up(const std::shared_ptr<Worker>& worker) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (worker->pace == Pace::kGivenUp) return;
  set_aside(*worker, Pace::kGivenUp);
  provide_threads();
}

ThreadPool::Waiting::Waiting() : worker_(current_worker), outsider_(!worker_) {
  WaitHook::run_all();
  auto& pool = instance();
  std::lock_guard<std::mutex> guard(pool.mutex_);
  if (outsider_) {
    ++pool.outsiders_;
    pool.provide_threads();
    return;
  }
  if (worker_->pace == Pace::kGivenUp || worker_->waiting) {
    worker_.reset();
    return;
  }
  worker_->waiting = true;
  pool.count(*worker_, -1);
  pool.provide_threads();
}

ThreadPool::Waiting::~Waiting() {
  auto& pool = instance();
  std::lock_guard<std::mutex> guard(pool.mutex_);
  if (outsider_) {
    --pool.outsiders_;
    if (pool.at_work_ > pool.wanted()) pool.wake_.notify_one();
    return;
  }
  if (!worker_) return;
  worker_->waiting = false;
  pool.count(*worker_, 1);
  if (pool.at_work_ > pool.wanted()) pool.wake_.notify_one();  // an idle one ends itself
}

bool ThreadPool::wait_shutdown(int timeout_ms) {
  std::unique_lock<std::mutex> guard(mutex_);
  closing_ = true;
  jobs_.clear();
  return idle_changed_.wait_for(guard, std::chrono::milliseconds(timeout_ms),
                                [this] { return idle_ == at_work_ && slow_ == 0 && jobs_.empty(); });
}

int ThreadPool::thread_count() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return alive_;
}

}  // namespace isolates::lib
