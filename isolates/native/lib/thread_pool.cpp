#include "lib/thread_pool.h"

#include <pthread.h>
#include <sys/resource.h>

#include <chrono>
#include <utility>

#include "lib/process.h"
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
  start_thread_if_needed();
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
  start_thread_if_needed();
  wake_.notify_one();
}

void ThreadPool::start_thread_if_needed() {
  if (idle_ > 0 || at_work_ >= wanted() || jobs_.empty()) return;
  auto worker = std::make_shared<Worker>();
  // Where the system has no thread left, the jobs wait for those that are there.
  if (!start_detached([this, worker] { run_thread(worker); })) return;
  ++at_work_;
  ++alive_;
}

void ThreadPool::run_thread(std::shared_ptr<Worker> worker) {
#ifdef __linux__
  worker->system_id = syscall(SYS_gettid);
#endif
  current_worker = worker;
  std::unique_lock<std::mutex> guard(mutex_);
  while (!worker->given_up && at_work_ <= wanted()) {
    if (jobs_.empty()) {
      ++idle_;
      idle_changed_.notify_all();
      wake_.wait(guard);
      --idle_;
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (!jobs_.empty()) start_thread_if_needed();
    guard.unlock();
    job();
    job = nullptr;  // what it holds is released without the mutex
    guard.lock();
  }
  if (!worker->given_up) --at_work_;
  --alive_;
  if (!jobs_.empty()) wake_.notify_one();
  idle_changed_.notify_all();
  current_worker.reset();
}

void ThreadPool::give_up(const std::shared_ptr<Worker>& worker) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (worker->given_up) return;
  worker->given_up = true;
  if (!worker->waiting) --at_work_;
#ifdef __linux__
  setpriority(PRIO_PROCESS, static_cast<id_t>(worker->system_id), 19);
#endif
  start_thread_if_needed();
}

ThreadPool::Waiting::Waiting() : worker_(current_worker), outsider_(!worker_) {
  WaitHook::run_all();
  auto& pool = instance();
  std::lock_guard<std::mutex> guard(pool.mutex_);
  if (outsider_) {
    ++pool.outsiders_;
    pool.start_thread_if_needed();
    return;
  }
  if (worker_->given_up || worker_->waiting) {
    worker_.reset();
    return;
  }
  worker_->waiting = true;
  --pool.at_work_;
  pool.start_thread_if_needed();
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
  if (worker_->given_up) return;
  ++pool.at_work_;
  if (pool.at_work_ > pool.wanted()) pool.wake_.notify_one();  // an idle one ends itself
}

bool ThreadPool::wait_shutdown(int timeout_ms) {
  std::unique_lock<std::mutex> guard(mutex_);
  closing_ = true;
  jobs_.clear();
  return idle_changed_.wait_for(guard, std::chrono::milliseconds(timeout_ms),
                                [this] { return idle_ == at_work_ && jobs_.empty(); });
}

int ThreadPool::thread_count() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return alive_;
}

}  // namespace isolates::lib
