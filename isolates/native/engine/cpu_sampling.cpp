#include "engine/cpu_sampling.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <iterator>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "engine/entry.h"
#include "engine/import_table.h"
#include "engine/isolate.h"
#include "engine/v8_abi_profiler.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace isolates::engine {
namespace {

using v8abi::Sampler;

constexpr int64_t kStillInside = std::numeric_limits<int64_t>::max();
constexpr size_t kMostActivations = 1 << 20;

struct Sampled {
  Isolate* isolate;  // null: it is gone
  pthread_t thread;  // where V8's sampler is registered
};
/// The mutex is held while a thread is interrupted, so that no sampler goes meanwhile; then comes the
/// isolate's state mutex, so that the thread does not leave. V8's signal handler takes neither.
struct Registry {
  std::mutex mutex;
  std::unordered_map<Sampler*, Sampled> samplers;
};
Registry& registry() {
  static auto* it = new Registry();
  return *it;
}

int64_t this_thread_id() {
#ifdef __linux__
  return syscall(SYS_gettid);
#else
  uint64_t id = 0;
  pthread_threadid_np(nullptr, &id);
  return static_cast<int64_t>(id);
#endif
}

/// V8 has just made it, on this thread. If its layout is another, V8's profiler is left to itself.
bool is_as_expected(Sampler* sampler) {
  return sampler->thread && sampler->thread->system_id == this_thread_id() &&
         pthread_equal(sampler->thread->thread, pthread_self()) &&
         sampler->per_thread_data == v8abi::isolate_per_thread_data(sampler->isolate);
}

void ignore_signal(int) {}

/// V8 restores what was there when its last sampler stops. A signal that was sent just before must not meet
/// the system's default, which ends the process.
void replace_default_handler() {
  struct sigaction now{};
  if (sigaction(SIGPROF, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) return;
  struct sigaction ignore{};
  ignore.sa_handler = ignore_signal;
  ignore.sa_flags = SA_RESTART;
  sigaction(SIGPROF, &ignore, nullptr);
}

}  // namespace

struct SamplerHooks {
  /// On the thread inside.
  static void start(Sampler* sampler) {
    Entry* entry = Entry::innermost();
    if (entry && entry->isolate().v8() == sampler->isolate && is_as_expected(sampler)) {
      Isolate& isolate = entry->isolate();
      replace_default_handler();
      {
        std::lock_guard<std::mutex> guard(registry().mutex);
        registry().samplers[sampler] = {&isolate, pthread_self()};
      }
      CpuSampling& sampling = isolate.cpu_sampling();
      if (sampling.samplers_.fetch_add(1, std::memory_order_relaxed) == 0) {
        sampling.activations_.clear();
        sampling.begin_activation();
      }
    }
    v8abi::sampler_start(sampler);
  }

  static void stop(Sampler* sampler) {
    Isolate* isolate = nullptr;
    {
      std::lock_guard<std::mutex> guard(registry().mutex);
      auto found = registry().samplers.find(sampler);
      if (found != registry().samplers.end()) {
        isolate = found->second.isolate;
        registry().samplers.erase(found);
      }
    }
    if (isolate) isolate->cpu_sampling().samplers_.fetch_sub(1, std::memory_order_relaxed);
    v8abi::sampler_stop(sampler);
  }

  /// On V8's sampling thread.
  static void do_sample(Sampler* sampler) {
    {
      std::lock_guard<std::mutex> guard(registry().mutex);
      auto found = registry().samplers.find(sampler);
      if (found == registry().samplers.end()) return v8abi::sampler_do_sample(sampler);
      auto [isolate, thread] = found->second;
      if (isolate) {
        isolate->while_running_on(thread, [sampler] { v8abi::sampler_do_sample(sampler); });
        return;
      }
    }
    // V8 gave up in it, and nobody will ever join this thread.
    for (;;) pause();
  }

  static void move_here(Sampler* sampler, Sampled& sampled) {
    pthread_t here = pthread_self();
    if (pthread_equal(sampled.thread, here)) return;
    v8abi::sampler_stop(sampler);
    sampler->thread->system_id = static_cast<int>(this_thread_id());
    sampler->thread->thread = here;
    sampler->per_thread_data = v8abi::isolate_per_thread_data(sampler->isolate);
    v8abi::sampler_start(sampler);
    sampled.thread = here;
  }

  static void move_all_here(Isolate& isolate) {
    std::lock_guard<std::mutex> guard(registry().mutex);
    for (auto& [sampler, sampled] : registry().samplers) {
      if (sampled.isolate == &isolate) move_here(sampler, sampled);
    }
  }
};

void CpuSampling::begin_activation() {
  int64_t thread = this_thread_id();
  bool merge = activations_.size() >= kMostActivations;
  if (merge) {
    activations_.back().end_us = kStillInside;
  } else {
    activations_.push_back({thread, v8abi::time_ticks_now_us(), kStillInside});
  }
}

void CpuSampling::enter(Isolate& isolate) {
  SamplerHooks::move_all_here(isolate);
  v8abi::isolate_set_idle(isolate.v8(), false);
  begin_activation();
}

void CpuSampling::leave(Isolate& isolate) {
  // The time until somebody enters again belongs to nobody.
  v8abi::isolate_set_idle(isolate.v8(), true);
  v8abi::cpu_profiler_collect_sample(isolate.v8(), {});
  if (!activations_.empty()) activations_.back().end_us = v8abi::time_ticks_now_us();
}

void CpuSampling::wait(Isolate& isolate) {
  SamplerHooks::move_all_here(isolate);  // others may have been inside meanwhile
  v8abi::cpu_profiler_collect_sample(isolate.v8(), {});
}

void CpuSampling::forget(Isolate& isolate) {
  std::lock_guard<std::mutex> guard(registry().mutex);
  for (auto& [sampler, sampled] : registry().samplers) {
    if (sampled.isolate == &isolate) sampled.isolate = nullptr;
  }
}

void install_cpu_sampling() {
  const Import imports[] = {{v8abi::kSamplerStart, reinterpret_cast<void*>(SamplerHooks::start)},
                            {v8abi::kSamplerStop, reinterpret_cast<void*>(SamplerHooks::stop)},
                            {v8abi::kSamplerDoSample, reinterpret_cast<void*>(SamplerHooks::do_sample)}};
  replace_imports(imports, std::size(imports));
}

}  // namespace isolates::engine
