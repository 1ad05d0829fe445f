// The threads that run asynchronous work of all isolates.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace isolates::lib {

/// One pool for the process: as many threads at work as cores + 1, started when first needed. An idle
/// thread sleeps; an idle isolate has none. Jobs are turns of an isolate's queue (engine/isolate.h): most are
/// short, some never end.
/// A thread that waits for other work (`Waiting`) or that was given up does not count as at work, so
/// another one takes its place and no set of waiting jobs can stop the pool. No set of endless ones can,
/// either: if jobs wait and none ends for a while, the timer sets the threads at work aside. Their jobs go on
/// at a lower priority, up to kMostSlow at a time, and others take their place.
/// Never destroyed: threads may be inside V8 when the process ends.
class ThreadPool {
 public:
  using Job = std::function<void()>;
  /// With so many, what waits has to wait for an end.
  static constexpr int kMostSlow = 256;

  enum class Pace : uint8_t { kNormal, kSlow, kGivenUp };
  struct Worker {
    Pace pace = Pace::kNormal;  // a thread of another one ends with its job
    bool waiting = false;
    bool busy = false;
    uint64_t busy_since = 0;  // the how manieth look for a stall came next
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
  void run_thread(std::shared_ptr<Worker> worker);
  void run_jobs(Worker& worker, std::unique_lock<std::mutex>& guard);
  void look_for_stall();
  // The mutex is held.
  void provide_threads();
  bool start_thread();
  void set_slow_ones_aside();
  void set_aside(Worker& worker, Pace pace);
  void count(const Worker& worker, int change);
  int wanted() const { return cores_and_one_ + outsiders_; }
  /// For which nobody is on the way.
  int forlorn_jobs() const { return static_cast<int>(jobs_.size()) - idle_ - starting_; }

  const int cores_and_one_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_changed_;
  std::deque<Job> jobs_;
  std::vector<Worker*> workers_;
  int at_work_ = 0;   // threads that take jobs: neither waiting nor set aside
  int idle_ = 0;      // of these, asleep
  int starting_ = 0;  // of these, not yet there
  int slow_ = 0;      // set aside and not waiting
  int alive_ = 0;
  int outsiders_ = 0;  // threads of others that wait for the pool
  uint64_t looks_ = 0;
  uint64_t jobs_ended_ = 0;
  uint64_t jobs_ended_before_ = 0;  // the next look
  bool will_look_ = false;
  bool closing_ = false;
};

}  // namespace isolates::lib
