#include "engine/abi_check.h"

#include <cstring>
#include <functional>
#include <thread>

#include "engine/abi_check_modules.h"
#include "engine/buffer_pages.h"
#include "engine/buffers_check.h"
#include "engine/call.h"
#include "engine/callback_function.h"
#include "engine/code_cache_check.h"
#include "engine/copy.h"
#include "engine/cpu_sampling.h"
#include "engine/errors.h"
#include "engine/heap_budget.h"
#include "engine/isolate.h"
#include "engine/native_memory.h"
#include "engine/redeclaration.h"
#include "engine/rescue.h"
#include "engine/roots.h"
#include "engine/script.h"
#include "engine/thrown_place.h"
#include "lib/process.h"

namespace isolates::engine {
namespace {

constexpr size_t kLimitBytes = 24 << 20;

/// The experiments. Each returns false if V8 answers otherwise than v8_abi.h says.
class Experiments final : public Operation {
 public:
  std::string failed;

  Outcome run(Isolate& isolate) override {
    isolate_ = &isolate;
    context_ = v8abi::context_new(isolate.v8(), nullptr, nullptr, nullptr, {}, nullptr, {}, {});
    EnteredContext entered(context_);
    const std::pair<const char*, bool (Experiments::*)()> all[] = {
        {"roots", &Experiments::roots},
        {"strings", &Experiments::strings},
        {"heap constraints and statistics", &Experiments::statistics},
        {"ArrayBuffer allocator", &Experiments::array_buffers},
        {"page allocator", &Experiments::pages},
        {"script origin", &Experiments::origin},
        {"REPL script details", &Experiments::repl},
        {"call information", &Experiments::call_info},
        {"serializer delegates", &Experiments::clone},
        {"modules", &Experiments::modules},
        {"code caches", &Experiments::code_cache},
        {"weak callbacks", &Experiments::weak},
        {"backing stores", &Experiments::backing_stores},
        {"continuation data", &Experiments::mark},
        {"redeclaration", &Experiments::redeclaration},
    };
    for (auto& [name, experiment] : all) {
      HandleScope handles(isolate.v8());
      if (!(this->*experiment)()) {
        failed = name;
        break;
      }
    }
    return Value(Undefined{});
  }

 private:
  V8Isolate* v8() const { return isolate_->v8(); }

  Local eval(const char* code) {
    TryCatch ignore(v8());
    v8abi::ScriptSource source{};
    source.source = v8abi::string_new_utf8(v8(), code, 0, -1);
    source.resource_name = v8abi::string_new_utf8(v8(), "check", 0, -1);
    Local script = v8abi::script_compile(context_, &source, 0, 0);
    return script ? v8abi::script_run(script, context_) : nullptr;
  }

  double number(const char* code) {
    Local value = eval(code);
    return value && v8abi::value_is_number(value) ? v8abi::value_number(value, context_).value : -1;
  }

  bool roots() {
    Local undefined = eval("undefined"), null = eval("null"), yes = eval("true"), no = eval("false");
    if (!undefined || !null || !yes || !no) return false;
    Roots::instance() = {*undefined, *null, *yes, *no};
    Roots& found = Roots::instance();
    return v8abi::value_is_undefined(found.undefined_local()) && v8abi::value_is_null(found.null_local()) &&
           v8abi::value_is_true(found.true_local()) && v8abi::value_is_false(found.false_local()) &&
           *eval("void 0") == found.undefined;
  }

  bool strings() {
    const char16_t wide[] = {0xd800, 'a', 0x263a};
    Local made = new_string(*isolate_, TextView(wide, 3, true));
    auto read = made ? read_text(*isolate_, made) : std::nullopt;
    return read && read->two_byte && read->units == std::string(reinterpret_cast<const char*>(wide), 6);
  }

  bool statistics() {
    auto statistics = isolate_->heap_statistics().v8;
    // V8 adds its young generation to the limit that it reports.
    return statistics.heap_size_limit >= kLimitBytes && statistics.heap_size_limit < kLimitBytes * 2 &&
           statistics.used_heap_size > 0 && statistics.used_heap_size <= statistics.total_heap_size &&
           statistics.number_of_native_contexts == 1 && statistics.number_of_detached_contexts == 0;
  }

  bool array_buffers() {
    size_t before = isolate_->array_buffers().allocated_bytes();
    return number("var buffer = new ArrayBuffer(1024); buffer.byteLength") == 1024 &&
           isolate_->array_buffers().allocated_bytes() == before + 1024;
  }

  bool pages() {
    size_t before = isolate_->array_buffers().allocated_bytes();
    return number("var memory = new WebAssembly.Memory({initial: 1, maximum: 4}); memory.grow(1)") == 1 &&
           isolate_->array_buffers().allocated_bytes() == before + 2 * 65536;
  }

  bool origin() {
    TryCatch caught(v8());
    v8abi::ScriptSource source{};
    source.source = v8abi::string_new_utf8(v8(), "\n  throw new TypeError('seen')", 0, -1);
    source.resource_name = v8abi::string_new_utf8(v8(), "a name", 0, -1);
    source.line_offset = 10;
    Local script = v8abi::script_compile_unbound(v8(), &source, 0, 0);
    if (!script || v8abi::script_run(v8abi::script_bind(script), context_) || caught.has_terminated())
      return false;
    auto thrown = capture_thrown(*isolate_, context_, caught.exception(), caught.message());
    return thrown->js_class == Thrown::Class::kType && thrown->message.units == "seen" &&
           thrown->line == 12 && thrown->column == 3 && thrown->filename.units == "a name" &&
           thrown->stack.units.find("a name:12:") != std::string::npos;
  }

  bool repl() {
    TryCatch ignore(v8());
    alignas(16) unsigned char unused[128] = {};
    v8abi::ScriptDetails details{
        5, 0, v8abi::string_new_utf8(v8(), "cell", 0, -1), nullptr, nullptr, nullptr, v8abi::kReplModeYes, 0};
    for (int time = 0; time < 2; ++time) {
      Local source = v8abi::string_new_utf8(v8(), "let again = new Error().stack; again", 0, -1);
      Local unbound = v8abi::script_compile_details(v8(), source, &details, 0, 0, 0, unused);
      Local promise = unbound ? v8abi::script_run(v8abi::script_bind(unbound), context_) : nullptr;
      if (!promise || !v8abi::value_is_promise(promise)) return false;
      v8abi::isolate_run_microtasks(v8());
      if (v8abi::promise_state(promise) != 1) return false;
      Local key = v8abi::string_new_utf8(v8(), ".repl_result", 0, -1);
      Local stack = v8abi::object_get(v8abi::promise_result(promise), context_, key);
      auto text = stack && v8abi::value_is_string(stack) ? read_text(*isolate_, stack) : std::nullopt;
      if (!text || text->units.find("cell:6:") == std::string::npos) return false;
    }
    return true;
  }

  class Adder final : public HostObject {
   public:
    std::string type() const override { return "function"; }
    void start(std::vector<Value>, Receiver) override {}
    Outcome copy() override { return Value(Undefined{}); }
    Outcome call(std::vector<Value> arguments) override {
      double sum = static_cast<double>(arguments.size());
      for (Value& argument : arguments)
        sum += std::holds_alternative<double>(argument) ? std::get<double>(argument) : 0;
      return Value(sum);
    }
  };

  bool call_info() {
    auto reference = Reference::to_host(std::make_shared<Adder>(), Profile::kReadme);
    Local adder =
        make_function(*isolate_, context_,
                      std::make_shared<const Callback>(reference, Callback::Mode::kSync, Profile::kReadme));
    Local key = v8abi::string_new_utf8(v8(), "adder", 0, -1);
    return v8abi::object_set(v8abi::context_global(context_), context_, key, adder).value &&
           number("adder(1, 2, 39)") == 45 && number("adder()") == 0;
  }

  bool clone() {
    Local value = eval("({list: [1, new Map([[1, 'x']])], big: 2n ** 70n})");
    auto copy = Copy::of(*isolate_, context_, value);
    auto* made = std::get_if<std::shared_ptr<const Copy>>(&copy);
    if (!made || (*made)->size() < 10 || (*made)->data()[0] != 0xff || (*made)->data()[1] != 15) return false;
    auto back = (*made)->to_local(*isolate_, context_, CopyBuffers::kCopied);
    if (!std::holds_alternative<Local>(back)) return false;
    return std::holds_alternative<Failure>(Copy::of(*isolate_, context_, eval("(function () {})")));
  }

  bool code_cache() { return check_code_cache(*isolate_, context_); }

  bool backing_stores() {
    auto run = [](void* self, const char* code) { return static_cast<Experiments*>(self)->eval(code); };
    return check_buffers(*isolate_, context_, run, this);
  }
  bool mark() { return check_mark(*isolate_, context_); }
  bool redeclaration() { return check_redeclaration(*isolate_, context_); }
  bool modules() { return check_modules(*isolate_, context_); }

  bool weak() {
    struct Seen {
      Local slot;
      bool collected = false;
    } seen;
    {
      HandleScope handles(v8());
      Local object = eval("({})");
      seen.slot = v8abi::global_new(v8(), *object);
      auto note = [](const v8abi::WeakCallbackInfo& info) {
        auto* it = static_cast<Seen*>(info.parameter);
        v8abi::global_delete(it->slot);
        it->collected = true;
      };
      v8abi::global_make_weak(seen.slot, &seen, note, 0);
    }
    v8abi::isolate_low_memory(v8());
    return seen.collected;
  }

  Isolate* isolate_ = nullptr;
  Local context_ = nullptr;
};

std::string explain(const std::string& what) {
  return what + ": isolates is written for V8 " + v8abi::kVersion + " in mini-racer " +
         v8abi::kMiniRacerVersion + "; install it with: pip install mini-racer==" + v8abi::kMiniRacerVersion;
}

/// V8's lock stays with the thread that was inside last; the next one gives it back (v8_lock.h).
bool lock_moves_on(Isolate& isolate) {
  class MakeString final : public Operation {
   public:
    Outcome run(Isolate& isolate) override {
      return Value(
          static_cast<double>(v8abi::string_length(v8abi::string_new_utf8(isolate.v8(), "abc", 0, -1))));
    }
  };
  auto works = [&isolate] {
    MakeString make_string;
    Outcome outcome = isolate.run_here(make_string, {});
    auto* value = std::get_if<Value>(&outcome);
    return value && std::holds_alternative<double>(*value) && std::get<double>(*value) == 3;
  };
  bool elsewhere = false;
  std::thread([&] { elsewhere = works(); }).join();
  return elsewhere && works();
}

}  // namespace

std::string start_engine() {
  if (std::strcmp(v8abi::mr_v8_version(), v8abi::kVersion) != 0) {
    return explain(std::string("V8 is ") + v8abi::mr_v8_version());
  }
  if (!v8abi::mr_v8_is_using_sandbox()) return explain("V8 has no sandbox");
  lib::watch_for_fork();
  install_fatal_hooks();
  install_task_runners();
  install_buffer_pages();
  install_native_memory();
  install_thrown_places();
  install_cpu_sampling();
  try {
    IsolateOptions options;
    options.memory_limit_bytes = kLimitBytes;
    // It lives on: V8 frees the read-only heap with the process's last isolate, and making that again costs
    // each first isolate as much as all the rest of it. Nobody's, so the budget does not count it.
    static auto& isolate = *new std::shared_ptr<Isolate>(Isolate::make(options));
    HeapBudget::instance().remove(isolate.get());
    Experiments experiments;
    Outcome outcome = isolate->run_here(experiments, {});
    if (!experiments.failed.empty()) return explain("The check of \"" + experiments.failed + "\" failed");
    if (auto* failure = std::get_if<Failure>(&outcome))
      return explain("The check of V8 failed (" + failure->message + ")");
    if (!lock_moves_on(*isolate)) return explain("The check of \"V8's lock\" failed");
  } catch (const Failure& failure) {
    return explain("V8 could not be started (" + failure.message + ")");
  }
  return {};
}

}  // namespace isolates::engine
