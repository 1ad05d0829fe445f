// V8's symbols and layouts for CPU profiles and heap snapshots. See v8_abi.h.
#pragma once
#include <pthread.h>

#include "engine/v8_abi.h"

namespace isolates::v8abi {

struct CpuProfiler;
struct CpuProfile;
struct CpuProfileNode;
struct HeapProfiler;
struct HeapSnapshot;

struct CpuProfilingResult {
  uint32_t id;
  int status;  // 0: started
};
struct LineTick {
  int line;
  int column;
  unsigned hits;
};
struct OptionalUint64 {  // std::optional
  uint64_t value;
  bool has;
};
/// v8::internal::CpuSampler: whom V8's sampling thread interrupts. Linux.
struct Sampler {
  struct Thread {
    int system_id;
    pthread_t thread;
  };
  void* vtable;
  unsigned char counters[16];
  V8Isolate* isolate;
  unsigned char flags[8];
  Thread* thread;
  void* processor;
  void* per_thread_data;  // must be that of the thread
};

class OutputStream {
 public:
  static constexpr int kContinue = 0;
  static constexpr int kAbort = 1;
  virtual ~OutputStream() = default;
  virtual void EndOfStream() = 0;
  virtual int GetChunkSize() = 0;
  virtual int WriteAsciiChunk(char* data, int size) = 0;
  virtual int WriteHeapStatsChunk(void*, int) { return kAbort; }
};
class ActivityControl {
 public:
  static constexpr int kContinue = 0;
  static constexpr int kAbort = 1;
  virtual ~ActivityControl() = default;
  virtual int ReportProgressValue(uint32_t done, uint32_t total) = 0;
};
struct HeapSpaceStatistics {
  const char* name;
  size_t size;
  size_t used_size;
  size_t available_size;
  size_t physical_size;
  size_t unused[4];
};

// Linux: V8 reaches these through the import table, which lets us come in between (cpu_sampling.cpp).
inline constexpr char kSamplerStart[] = "_ZN2v87sampler7Sampler5StartEv";
inline constexpr char kSamplerStop[] = "_ZN2v87sampler7Sampler4StopEv";
inline constexpr char kSamplerDoSample[] = "_ZN2v87sampler7Sampler8DoSampleEv";

inline constexpr int kDebugNaming = 1;
inline constexpr int kLazyLogging = 0;
inline constexpr int kLeafNodeLineNumbers = 0;

extern "C" {
CpuProfiler* cpu_profiler_new(V8Isolate*, int naming, int logging) V8_SYMBOL(
    "_ZN2v811CpuProfiler3NewEPNS_7IsolateENS_22CpuProfilingNamingModeENS_23CpuProfilingLoggingModeE");
void cpu_profiler_dispose(CpuProfiler*) V8_SYMBOL("_ZN2v811CpuProfiler7DisposeEv");
void cpu_profiler_set_interval(CpuProfiler*, int us) V8_SYMBOL("_ZN2v811CpuProfiler19SetSamplingIntervalEi");
CpuProfilingResult cpu_profiler_start(CpuProfiler*, Local title, int mode, bool record_samples, unsigned most)
    V8_SYMBOL("_ZN2v811CpuProfiler5StartENS_5LocalINS_6StringEEENS_16CpuProfilingModeEbj");
CpuProfile* cpu_profiler_stop(CpuProfiler*, Local title)
    V8_SYMBOL("_ZN2v811CpuProfiler13StopProfilingENS_5LocalINS_6StringEEE");
/// Takes a sample here and now, for all profilers of the isolate.
void cpu_profiler_collect_sample(V8Isolate*, OptionalUint64 trace_id)
    V8_SYMBOL("_ZN2v811CpuProfiler13CollectSampleEPNS_7IsolateENSt4__Cr8optionalImEE");
void isolate_set_idle(V8Isolate*, bool) V8_SYMBOL("_ZN2v87Isolate7SetIdleEb");
void cpu_profile_delete(CpuProfile*) V8_SYMBOL("_ZN2v810CpuProfile6DeleteEv");
int64_t cpu_profile_start_us(const CpuProfile*) V8_SYMBOL("_ZNK2v810CpuProfile12GetStartTimeEv");
int64_t cpu_profile_end_us(const CpuProfile*) V8_SYMBOL("_ZNK2v810CpuProfile10GetEndTimeEv");
const CpuProfileNode* cpu_profile_root(const CpuProfile*) V8_SYMBOL("_ZNK2v810CpuProfile14GetTopDownRootEv");
int cpu_profile_sample_count(const CpuProfile*) V8_SYMBOL("_ZNK2v810CpuProfile15GetSamplesCountEv");
const CpuProfileNode* cpu_profile_sample(const CpuProfile*, int) V8_SYMBOL("_ZNK2v810CpuProfile9GetSampleEi");
int64_t cpu_profile_sample_us(const CpuProfile*, int) V8_SYMBOL("_ZNK2v810CpuProfile18GetSampleTimestampEi");
unsigned cpu_node_id(const CpuProfileNode*) V8_SYMBOL("_ZNK2v814CpuProfileNode9GetNodeIdEv");
const char* cpu_node_function(const CpuProfileNode*)
    V8_SYMBOL("_ZNK2v814CpuProfileNode18GetFunctionNameStrEv");
const char* cpu_node_url(const CpuProfileNode*)
    V8_SYMBOL("_ZNK2v814CpuProfileNode24GetScriptResourceNameStrEv");
int cpu_node_script_id(const CpuProfileNode*) V8_SYMBOL("_ZNK2v814CpuProfileNode11GetScriptIdEv");
int cpu_node_line(const CpuProfileNode*) V8_SYMBOL("_ZNK2v814CpuProfileNode13GetLineNumberEv");
int cpu_node_column(const CpuProfileNode*) V8_SYMBOL("_ZNK2v814CpuProfileNode15GetColumnNumberEv");
unsigned cpu_node_hit_line_count(const CpuProfileNode*)
    V8_SYMBOL("_ZNK2v814CpuProfileNode15GetHitLineCountEv");
bool cpu_node_line_ticks(const CpuProfileNode*, LineTick*, unsigned count)
    V8_SYMBOL("_ZNK2v814CpuProfileNode12GetLineTicksEPNS0_8LineTickEj");
int cpu_node_children_count(const CpuProfileNode*) V8_SYMBOL("_ZNK2v814CpuProfileNode16GetChildrenCountEv");
const CpuProfileNode* cpu_node_child(const CpuProfileNode*, int)
    V8_SYMBOL("_ZNK2v814CpuProfileNode8GetChildEi");
int64_t time_ticks_now_us() V8_SYMBOL("_ZN2v84base9TimeTicks3NowEv");

HeapProfiler* isolate_heap_profiler(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate15GetHeapProfilerEv");
HeapSnapshot* heap_profiler_take_snapshot(HeapProfiler*, ActivityControl*, void* names, bool hide_internals,
                                          bool numeric_values)
    V8_SYMBOL("_ZN2v812HeapProfiler16TakeHeapSnapshotEPNS_15ActivityControlEPNS0_18ObjectNameResolverEbb");
void heap_snapshot_serialize(const HeapSnapshot*, OutputStream*, int format)
    V8_SYMBOL("_ZNK2v812HeapSnapshot9SerializeEPNS_12OutputStreamENS0_19SerializationFormatE");
void heap_snapshot_delete(HeapSnapshot*) V8_SYMBOL("_ZN2v812HeapSnapshot6DeleteEv");
size_t isolate_heap_space_count(V8Isolate*) V8_SYMBOL("_ZN2v87Isolate18NumberOfHeapSpacesEv");
bool isolate_heap_space_statistics(V8Isolate*, HeapSpaceStatistics*, size_t index)
    V8_SYMBOL("_ZN2v87Isolate22GetHeapSpaceStatisticsEPNS_19HeapSpaceStatisticsEm");

void sampler_start(Sampler*) V8_SYMBOL("_ZN2v87sampler7Sampler5StartEv");
void sampler_stop(Sampler*) V8_SYMBOL("_ZN2v87sampler7Sampler4StopEv");
void sampler_do_sample(Sampler*) V8_SYMBOL("_ZN2v87sampler7Sampler8DoSampleEv");
void* isolate_per_thread_data(V8Isolate*)
    V8_SYMBOL("_ZN2v88internal7Isolate30FindPerThreadDataForThisThreadEv");
}

}  // namespace isolates::v8abi
