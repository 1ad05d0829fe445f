#include "engine/cpu_profiler.h"

#include <algorithm>
#include <unordered_map>

#include "engine/isolate.h"
#include "engine/v8_abi_redeclaration.h"

namespace isolates::engine {
namespace {

// More than an hour at V8's own interval of a millisecond.
constexpr unsigned kMostSamples = 1 << 22;
// Each sample of each profile costs more than what runs has left between two of them if there are too many.
constexpr size_t kMostProfiles = 16;

void append_number(std::string& json, int64_t number) { json += std::to_string(number); }

/// `text` is UTF-8 by V8, which cuts long names anywhere.
void append_string(std::string& json, const char* text) {
  constexpr char kHex[] = "0123456789abcdef";
  json += '"';
  for (auto* at = reinterpret_cast<const unsigned char*>(text); *at; ++at) {
    if (*at == '"' || *at == '\\') {
      json += '\\';
      json += static_cast<char>(*at);
    } else if (*at < 0x20) {
      json += "\\u00";
      json += kHex[*at >> 4];
      json += kHex[*at & 15];
    } else {
      json += static_cast<char>(*at);
    }
  }
  json += '"';
}

template <class Items, class Append>
void append_list(std::string& json, const Items& items, Append append) {
  json += '[';
  for (auto it = items.begin(); it != items.end(); ++it) {
    if (it != items.begin()) json += ',';
    append(*it);
  }
  json += ']';
}

std::string call_frame_of(const v8abi::CpuProfileNode* node) {
  std::string json = R"({"functionName":)";
  append_string(json, v8abi::cpu_node_function(node));
  json += R"(,"scriptId":")";
  append_number(json, v8abi::cpu_node_script_id(node));
  json += R"(","url":)";
  append_string(json, v8abi::cpu_node_url(node));
  json += R"(,"lineNumber":)";  // 0-based; V8's are 1-based, and 0 is unknown
  append_number(json, v8abi::cpu_node_line(node) - 1);
  json += R"(,"columnNumber":)";
  append_number(json, v8abi::cpu_node_column(node) - 1);
  json += '}';
  return json;
}

std::string position_ticks_of(const v8abi::CpuProfileNode* node) {
  std::vector<v8abi::LineTick> ticks(v8abi::cpu_node_hit_line_count(node));
  std::string json;
  if (ticks.empty()) return json;
  if (!v8abi::cpu_node_line_ticks(node, ticks.data(), static_cast<unsigned>(ticks.size()))) return json;
  append_list(json, ticks, [&](const v8abi::LineTick& tick) {
    json += R"({"line":)";
    append_number(json, tick.line);
    json += R"(,"ticks":)";
    append_number(json, tick.hits);
    json += '}';
  });
  return json;
}

}  // namespace

CpuProfile CpuProfile::of(const v8abi::CpuProfile* profile) {
  CpuProfile result;
  result.begin_us = v8abi::cpu_profile_start_us(profile);
  result.end_us = v8abi::cpu_profile_end_us(profile);
  std::unordered_map<unsigned, size_t> index_of_id;
  std::vector<std::pair<const v8abi::CpuProfileNode*, size_t>> left{{v8abi::cpu_profile_root(profile), 0}};
  while (!left.empty()) {
    auto [node, parent] = left.back();
    left.pop_back();
    size_t index = result.nodes.size();
    unsigned id = v8abi::cpu_node_id(node);
    index_of_id[id] = index;
    result.nodes.push_back({id, parent, call_frame_of(node), position_ticks_of(node)});
    for (int child = v8abi::cpu_node_children_count(node); child-- > 0;)
      left.emplace_back(v8abi::cpu_node_child(node, child), index);
  }
  int count = v8abi::cpu_profile_sample_count(profile);
  result.samples.reserve(static_cast<size_t>(count));
  for (int index = 0; index < count; ++index) {
    result.samples.push_back({index_of_id[v8abi::cpu_node_id(v8abi::cpu_profile_sample(profile, index))],
                              v8abi::cpu_profile_sample_us(profile, index)});
  }
  // The profiler's thread and the one inside both take samples.
  auto earlier = [](const Sample& one, const Sample& other) { return one.time_us < other.time_us; };
  std::stable_sort(result.samples.begin(), result.samples.end(), earlier);
  return result;
}

std::string CpuProfile::json_of(int64_t begin_us, int64_t end_us) const {
  auto before = [](const Sample& sample, int64_t time_us) { return sample.time_us < time_us; };
  auto first = std::lower_bound(samples.begin(), samples.end(), begin_us, before);
  auto last = std::lower_bound(first, samples.end(), end_us == INT64_MAX ? end_us : end_us + 1, before);
  bool whole = begin_us <= this->begin_us && end_us >= this->end_us;
  if (whole) first = samples.begin(), last = samples.end();
  const std::vector<Sample> taken(first, last);

  std::vector<unsigned> hits(nodes.size());
  std::vector<bool> wanted(nodes.size(), whole);
  wanted[0] = true;
  for (const Sample& sample : taken) {
    ++hits[sample.node];
    for (size_t node = sample.node; !wanted[node]; node = nodes[node].parent) wanted[node] = true;
  }
  std::vector<std::vector<unsigned>> children(nodes.size());
  std::vector<size_t> listed;
  for (size_t index = 0; index < nodes.size(); ++index) {
    if (!wanted[index]) continue;
    listed.push_back(index);
    if (index != 0) children[nodes[index].parent].push_back(nodes[index].id);
  }

  std::string json = R"({"nodes":)";
  append_list(json, listed, [&](size_t index) {
    const Node& node = nodes[index];
    json += R"({"id":)";
    append_number(json, node.id);
    json += R"(,"callFrame":)" + node.call_frame + R"(,"hitCount":)";
    append_number(json, hits[index]);
    if (!children[index].empty()) {
      json += R"(,"children":)";
      append_list(json, children[index], [&](unsigned id) { append_number(json, id); });
    }
    if (whole && !node.position_ticks.empty()) json += R"(,"positionTicks":)" + node.position_ticks;
    json += '}';
  });
  json += R"(,"startTime":)";
  append_number(json, begin_us);
  json += R"(,"endTime":)";
  append_number(json, end_us);
  json += R"(,"samples":)";
  append_list(json, taken, [&](const Sample& sample) { append_number(json, nodes[sample.node].id); });
  json += R"(,"timeDeltas":)";
  int64_t previous_us = begin_us;
  append_list(json, taken, [&](const Sample& sample) {
    append_number(json, sample.time_us - previous_us);
    previous_us = sample.time_us;
  });
  json += '}';
  return json;
}

std::vector<CpuProfile::Part> CpuProfile::parts() const {
  std::vector<Part> parts;
  for (const Activation& activation : activations) {
    int64_t begin = std::max(begin_us, activation.begin_us);
    int64_t end = std::min(end_us, activation.end_us);
    auto inside = [&](const Sample& sample) { return sample.time_us >= begin && sample.time_us <= end; };
    if (begin > end || std::none_of(samples.begin(), samples.end(), inside)) continue;
    parts.push_back({activation.thread_id, json_of(begin, end)});
  }
  return parts;
}

void CpuProfiler::start(V8Isolate* isolate, const std::string& title, int interval_us) {
  if (running_.count(title)) return;
  // One of V8's profilers for each profile: its interval is the profiler's.
  v8abi::CpuProfiler* profiler = v8abi::cpu_profiler_new(isolate, v8abi::kDebugNaming, v8abi::kLazyLogging);
  v8abi::cpu_profiler_set_interval(profiler, interval_us);
  running_[title] = profiler;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    titles_.insert(title);
  }
  Local name = v8abi::string_new_utf8(isolate, "", 0, 0);
  v8abi::cpu_profiler_start(profiler, name, v8abi::kLeafNodeLineNumbers, true, kMostSamples);
}

std::optional<CpuProfile> CpuProfiler::stop(V8Isolate* isolate, const std::string& title,
                                            const CpuSampling& sampling) {
  auto found = running_.find(title);
  if (found == running_.end()) return std::nullopt;
  v8abi::CpuProfiler* profiler = found->second;
  running_.erase(found);
  {
    std::lock_guard<std::mutex> guard(mutex_);
    titles_.erase(title);
  }
  std::vector<Activation> activations = sampling.activations();
  Local name = v8abi::string_new_utf8(isolate, "", 0, 0);
  v8abi::CpuProfile* profile = v8abi::cpu_profiler_stop(profiler, name);
  auto result = std::make_optional(CpuProfile::of(profile));
  result->activations = std::move(activations);
  // Where the samplers are V8's alone, nobody knows about threads.
  if (result->activations.empty()) result->activations.push_back({0, result->begin_us, result->end_us});
  v8abi::cpu_profile_delete(profile);
  v8abi::cpu_profiler_dispose(profiler);
  return result;
}

void CpuProfiler::close(V8Isolate* isolate) {
  Local name = v8abi::string_new_utf8(isolate, "", 0, 0);
  for (auto& [title, profiler] : running_) {
    v8abi::CpuProfile* profile = v8abi::cpu_profiler_stop(profiler, name);
    if (profile) v8abi::cpu_profile_delete(profile);
    v8abi::cpu_profiler_dispose(profiler);
  }
  running_.clear();
}

void CpuProfiler::request(const std::string& title, int interval_us) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (titles_.size() >= kMostProfiles && titles_.count(title) == 0) {
    throw Failure{Fault::kState,
                  "At most " + std::to_string(kMostProfiles) +
                      " CPU profiles of an isolate can be taken at the same time",
                  {}};
  }
  titles_.insert(title);
  requests_.push_back({title, interval_us});
  has_requests_.store(true, std::memory_order_release);
}

void CpuProfiler::begin_all_requested(V8Isolate* isolate) {
  std::vector<Request> requests;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    requests.swap(requests_);
    has_requests_.store(false, std::memory_order_release);
  }
  HandleScope handles(isolate);
  for (const Request& request : requests) start(isolate, request.title, request.interval_us);
}

void start_cpu_profile(Isolate& isolate, const std::string& title, int interval_us) {
  isolate.cpu_profiler().request(title, interval_us);
  auto begin = [](V8Isolate* v8, void*) {
    Isolate::current(v8).cpu_profiler().begin_requested(v8);
    // A loop that V8 has optimised while it ran is in none of the lists that a profiler gets: it would have
    // no name. So it is optimised once more.
    v8abi::isolate_deoptimize_all(v8);
  };
  isolate.request_visit(begin, nullptr);
}

Outcome StopCpuProfileOperation::run(Isolate& isolate) {
  auto profile = isolate.cpu_profiler().stop(isolate.v8(), title_, isolate.cpu_sampling());
  if (!profile) {
    return Failure{Fault::kValue, "No CPU profile with the title \"" + title_ + "\" is being taken", {}};
  }
  return Object(std::make_shared<CpuProfile>(std::move(*profile)));
}

}  // namespace isolates::engine
