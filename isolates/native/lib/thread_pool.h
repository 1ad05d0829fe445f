// The threads that run asynchronous work of all isolates.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace isolates::lib {

/// One pool for the process: as many threads at work as cores + 1, started when first needed. An idle
/// thread sleeps; an idle isolate has none. Jobs are short turns of an isolate's queue (engine/isolate.h).
/// A thread that waits for other work (`Waiting`) or that was given up does not count as at work, so
/// another one takes its place and no set of waiting jobs can stop the pool.
/// Never destroyed: threads may be inside V8 when the process ends.
class ThreadPool {
 public:
  using Job = std::function<void()>;

  struct Worker {
    bool given_up = false;
    bool waiting = false;
    int64_t system_id = 0;
  };

  static ThreadPool& instance();

  /// After wait_shutdown, jobs are dropped.
  void post(Job job);
  /// A job that waits for no other, however many threads are at work: there is one more thread until it is
  /// done.
  void post_aside(Job job);

  /// The pool thread that calls, or null on other threads.
  static std::shared_ptr<Worker> current();

  /// `worker` does not come back from its job for now: another thread takes over, and it ends itself when
  /// the job returns. Until then it runs at the lowest priority.
  void give_up(const std::shared_ptr<Worker>& worker);

  /// The current thread waits for something that may need the pool: another thread may work in its place. So
  /// a caller that waits never depends on jobs of others that do not end.
  class Waiting {
   public:
    Waiting();
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    std::shared_ptr<Worker> worker_;
    const bool outsider_;
  };

  /// Takes no new jobs and waits until the threads are idle, or for `timeout_ms`. True if all are idle.
  bool wait_shutdown(int timeout_ms);

  /// Threads of the pool that are alive, waiting and given-up ones included.
  int thread_count() const;

 private:
  ThreadPool();
  void start_thread_if_needed();  // mutex held
  void run_thread(std::shared_ptr<Worker> worker);

  int wanted() const { return cores_and_one_ + outsiders_; }  // mutex held

  const int cores_and_one_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_changed_;
  std::deque<Job> jobs_;
  int at_work_ = 0;  // threads that take jobs: neither waiting nor given up
  int idle_ = 0;     // of these, asleep
  int alive_ = 0;
  int outsiders_ = 0;  // threads of others that wait for the pool
  bool closing_ = false;
};

}  // namespace isolates::lib
