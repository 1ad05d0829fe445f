#include "bind/ivm/profiles.h"

#include "engine/cpu_profiler.h"
#include "engine/isolate.h"
#include "engine/v8_abi_json.h"
#include "engine/v8_abi_profiler.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {
namespace {

/// UTF-8 as Python writes it in bind/profiles.cpp: the two faces mean the same profile by the same title.
std::string read_title(const Arguments& arguments) {
  engine::Text title = arguments.text(0);
  std::string utf8;
  auto unit = [&](size_t index) -> uint32_t {
    if (!title.two_byte) return static_cast<unsigned char>(title.units[index]);
    return reinterpret_cast<const char16_t*>(title.units.data())[index];
  };
  auto tail = [&](uint32_t point, int shift) { utf8 += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  for (size_t index = 0, length = title.length(); index < length; ++index) {
    uint32_t point = unit(index);
    if ((point & 0xfc00) == 0xd800 && index + 1 < length && (unit(index + 1) & 0xfc00) == 0xdc00)
      point = 0x10000 + ((point & 0x3ff) << 10) + (unit(++index) & 0x3ff);
    if (point < 0x80) {
      utf8 += static_cast<char>(point);
    } else if (point < 0x800) {
      utf8 += static_cast<char>(0xc0 | point >> 6);
      tail(point, 0);
    } else if (point < 0x10000) {
      utf8 += static_cast<char>(0xe0 | point >> 12);
      tail(point, 6);
      tail(point, 0);
    } else {
      utf8 += static_cast<char>(0xf0 | point >> 18);
      tail(point, 12);
      tail(point, 6);
      tail(point, 0);
    }
  }
  return utf8;
}

Local to_profiles(Isolate& isolate, Local context, const engine::Object& object) {
  auto* v8 = isolate.v8();
  auto key = [v8](const char* name) { return v8abi::string_new_utf8(v8, name, 0, -1); };
  std::vector<Local> entries;
  for (auto& part : std::static_pointer_cast<engine::CpuProfile>(object)->parts()) {
    Local json = v8abi::string_new_utf8(v8, part.json.data(), 0, static_cast<int>(part.json.size()));
    Local profile = json ? v8abi::json_parse(context, json, {}) : nullptr;
    if (!profile) return nullptr;
    Local entry = v8abi::object_new(v8);
    Local thread = v8abi::number_new(v8, static_cast<double>(part.thread_id));
    v8abi::object_create_data_property(entry, context, key("threadId"), thread);
    v8abi::object_create_data_property(entry, context, key("profile"), profile);
    entries.push_back(entry);
  }
  return v8abi::array_new(v8, entries.data(), entries.size());
}

}  // namespace

void start_cpu_profiler(const Arguments& arguments, const std::shared_ptr<Isolate>& target) {
  std::string title = read_title(arguments);
  if (target->is_disposed()) throw target->refusal();
  engine::start_cpu_profile(*target, title, engine::kDefaultSamplingIntervalUs);
}

void stop_cpu_profiler(const Arguments& arguments, Form form, const std::shared_ptr<Isolate>& target) {
  auto operation = std::make_unique<engine::StopCpuProfileOperation>(read_title(arguments));
  call(arguments, form, target, std::move(operation), {}, to_profiles);
}

}  // namespace isolates::bind::ivm
