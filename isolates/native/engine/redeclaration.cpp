#include "engine/redeclaration.h"

#include <algorithm>

#include "engine/errors.h"
#include "engine/isolate.h"
#include "engine/roots.h"
#include "engine/v8_abi_redeclaration.h"

namespace isolates::engine {
namespace {

constexpr char kBeforeName[] = "Identifier '";
constexpr char kBehindName[] = "' has already been declared";

/// What an uninitialised `let` has in its slot: in the read-only heap, so the same in all isolates.
v8abi::Address the_hole = 0;

/// Makes room, name by name, for one script, and can take it back. Lives in the operation's HandleScope.
class Redeclarations {
 public:
  Redeclarations(Isolate& isolate, Local context)
      : isolate_(isolate),
        context_(context),
        global_object_(v8abi::context_slot(context, v8abi::kGlobalObjectSlot, isolate.v8())) {}

  /// For the name that the exception tells. False: there is nothing to do for it. In REPL mode what the
  /// script itself throws is in its promise, so the exception is V8's own.
  bool make_room(Local unbound, const TryCatch& caught) {
    if (caught.has_terminated()) return false;
    auto thrown = capture_thrown(isolate_, context_, caught.exception(), caught.message());
    if (thrown->js_class != Thrown::Class::kSyntax || thrown->message.find(kBeforeName) != 0) return false;
    Text name = thrown->message.from(sizeof kBeforeName - 1);
    name = name.until(name.find(kBehindName));
    if (std::find(names_.begin(), names_.end(), name.units) != names_.end()) return false;
    names_.push_back(name.units);
    Local local = internalized(name);
    if (!local) return false;

    v8abi::Address scope = v8abi::scope_info_of_script(unbound);
    v8abi::VariableLookupResult own{};
    if (v8abi::scope_slot_index(&scope, *local, &own) < 0) return lend_slot(local, name);
    bool changed = change_mode(local, own.mode);
    return expose_property(local) || changed;
  }

  /// The names that the script declares as functions or with `var`, and that live in slots.
  const std::vector<Text>& lent() const { return lent_; }

  void end(bool has_run) {
    for (auto& slot : slots_) {
      if (!has_run) set_mode(slot.context, slot.index, slot.mode);
      if (has_run && slot.is_lent) set_mode(slot.context, slot.index, v8abi::kLet);
    }
    for (auto& property : properties_) {
      if (has_run) {
        remove(property);
      } else {
        put_back(property);
      }
    }
  }

 private:
  struct Slot {
    Local context;
    int index;
    uint8_t mode;
    bool is_lent;
  };
  struct Property {
    Local name;
    Local value;
  };

  Local internalized(const Text& name) {
    constexpr int kInternalized = 1;
    auto length = static_cast<int>(name.length());
    const char* units = name.units.data();
    return name.two_byte ? v8abi::string_new_two_byte(isolate_.v8(), reinterpret_cast<const uint16_t*>(units),
                                                      kInternalized, length)
                         : v8abi::string_new_one_byte(isolate_.v8(), reinterpret_cast<const uint8_t*>(units),
                                                      kInternalized, length);
  }

  /// The slot of a REPL script that has the name. Other scripts may have compiled a constant's value in.
  bool find_slot(Local name, Slot& found) {
    int attributes = 0;
    uint8_t initialization = 0;
    bool unused = false;
    found.context = v8abi::context_lookup(context_, name, 0, &found.index, &attributes, &initialization,
                                          &found.mode, &unused);
    return found.context && found.index >= 0 && v8abi::scope_is_repl(scope_of(found.context));
  }

  Local scope_of(Local context) { return v8abi::context_slot(context, v8abi::kScopeInfoSlot, isolate_.v8()); }

  bool is_empty(const Slot& slot) {
    return *v8abi::context_slot(slot.context, slot.index, isolate_.v8()) == the_hole;
  }

  void set_mode(Local context, int slot_index, uint8_t mode) {
    constexpr v8abi::Address kModeBits = 15 << 1;
    Local scope = scope_of(context);
    int at = v8abi::scope_infos_index(scope) + slot_index - v8abi::scope_header_length(scope);
    auto info = static_cast<uint32_t>(v8abi::scope_get(scope, at));
    v8abi::scope_set(scope, at, (info & ~kModeBits) | v8abi::Address{mode} << 1);
  }

  bool change_mode(Local name, uint8_t mode, bool is_lent = false) {
    Slot slot{};
    if (!find_slot(name, slot) || slot.mode == mode) return false;
    slot.is_lent = is_lent;
    slots_.push_back(slot);
    detach_cell(slot);
    set_mode(slot.context, slot.index, mode);
    return true;
  }

  /// V8 keeps a `let` in a cell that optimised code relies on, but writes a `const` past it. A value of
  /// another type than before makes V8 give up the cell, and the code.
  void detach_cell(const Slot& slot) {
    if (is_empty(slot)) return;
    Roots& roots = Roots::instance();
    Local value = v8abi::context_slot(slot.context, slot.index, isolate_.v8());
    Local other = v8abi::value_is_undefined(value) ? roots.null_local() : roots.undefined_local();
    v8abi::context_set_slot(slot.context, slot.index, other, isolate_.v8());
    v8abi::context_set_slot(slot.context, slot.index, value, isolate_.v8());
  }

  bool lend_slot(Local name, const Text& text) {
    if (!change_mode(name, v8abi::kVar, true)) return false;
    const Slot& slot = slots_.back();
    // The script's assignment would be refused where a cell that failed has left the slot empty.
    if (is_empty(slot))
      v8abi::context_set_slot(slot.context, slot.index, Roots::instance().undefined_local(), isolate_.v8());
    lent_.push_back(text);
    return true;
  }

  /// A property as `var` and functions make it, and no other that can't be deleted.
  bool expose_property(Local name) {
    auto attributes = v8abi::receiver_own_attributes(isolate_.v8(), global_object_, name);
    if (!attributes.has || attributes.value != v8abi::kDontDelete) return false;
    auto is_accessor = v8abi::object_has_real_accessor(global_object_, context_, name);
    if (!is_accessor.has || is_accessor.value) return false;
    Local value = v8abi::object_get(global_object_, context_, name);
    if (!value) return false;
    v8abi::object_set_property_details(global_object_, name, value,
                                       v8abi::data_property(v8abi::kConfigurable));
    // V8 does not watch a property for code that relies on its staying for ever.
    if (properties_.empty()) v8abi::isolate_deoptimize_all(isolate_.v8());
    properties_.push_back({name, value});
    return true;
  }

  void put_back(const Property& property) {
    v8abi::object_set_property_details(global_object_, property.name, property.value,
                                       v8abi::data_property(v8abi::kDontDelete));
    // V8 makes the script's slots before it looks at `var` and functions, and there is no way back.
    Slot slot{};
    if (!find_slot(property.name, slot) || !is_empty(slot)) return;
    set_mode(slot.context, slot.index, v8abi::kLet);
    v8abi::context_set_slot(slot.context, slot.index, property.value, isolate_.v8());
  }

  /// Unless the script has put something there.
  void remove(const Property& property) {
    TryCatch ignore(isolate_.v8());
    auto is_accessor = v8abi::object_has_real_accessor(global_object_, context_, property.name);
    if (!is_accessor.has || is_accessor.value) return;
    Local value = v8abi::object_get(global_object_, context_, property.name);
    if (value && *value == *property.value)
      v8abi::object_delete(v8abi::context_global(context_), context_, property.name);
  }

  Isolate& isolate_;
  const Local context_;
  const Local global_object_;
  std::vector<std::string> names_;
  std::vector<Slot> slots_;
  std::vector<Property> properties_;
  std::vector<Text> lent_;
};

/// The script with a beginning that fills the slots of `names`; V8 has declared those as properties by then.
/// Lines and columns stay, and so does the value of the script.
Local compile_filling(Isolate& isolate, v8abi::ScriptSource source, const TextView& code, Local unbound,
                      const std::vector<Text>& names) {
  v8abi::Address scope = v8abi::scope_info_of_script(unbound);
  Text text = Text::latin1(v8abi::scope_is_strict(&scope) ? "'use strict';" : "");
  for (const Text& name : names) {
    text.append(Text::latin1("void("));
    text.append(name);
    text.append(Text::latin1("=this."));
    text.append(name);
    text.append(Text::latin1(");"));
  }
  source.column_offset -= static_cast<int>(text.length());
  Text rest = code.to_text();
  if (rest.find("#!") == 0) {
    text.append(Text::latin1("//"));
    rest = rest.from(2);
  }
  text.append(rest);
  source.source = new_string(isolate, text);
  return source.source ? compile_repl(isolate, source) : nullptr;
}

}  // namespace

Local run_cell(Isolate& isolate, Local context, const v8abi::ScriptSource& source, const TextView& code,
               Local unbound, TryCatch& caught) {
  Local result = v8abi::script_run(v8abi::script_bind(unbound), context);
  if (result) return result;
  Redeclarations redeclarations(isolate, context);
  Local script = unbound;
  size_t lent = 0;
  while (!result && redeclarations.make_room(unbound, caught)) {
    caught.reset();
    if (redeclarations.lent().size() > lent) {
      lent = redeclarations.lent().size();
      script = compile_filling(isolate, source, code, unbound, redeclarations.lent());
      if (!script) break;
    }
    result = v8abi::script_run(v8abi::script_bind(script), context);
  }
  redeclarations.end(result || caught.has_terminated());
  return result;
}

namespace {

class RedeclarationExperiment {
 public:
  RedeclarationExperiment(Isolate& isolate, Local context) : isolate_(isolate), context_(context) {}

  bool passes() {
    run("const fixed = 2; let again = 1, later = await new Promise(() => {})");
    run("var changing = 3; function made() { return again + fixed + changing }");
    if (number("made()") != 6) return false;
    int index = 0, attributes = 0;
    uint8_t initialization = 0, mode = 0;
    bool unused = false;
    constexpr int kInternalized = 1;
    Local name = v8abi::string_new_utf8(isolate_.v8(), "later", kInternalized, -1);
    Local declaring =
        v8abi::context_lookup(context_, name, 0, &index, &attributes, &initialization, &mode, &unused);
    if (!declaring || index < 0 || mode != v8abi::kLet) return false;
    the_hole = *v8abi::context_slot(declaring, index, isolate_.v8());

    run("'use strict'; const again = 10, changing = 40; function later() { return 5 } let fixed = 20");
    if (number("made() + later()") != 75 || number("fixed = 30; made()") != 80) return false;
    if (run("again = 0", true) || run("changing = 0", true)) return false;
    run("const made = 1; let undefined = 2", true);
    return number("made()") == 80 && number("var again = 1; let later = 6; again + later") == 7 &&
           number("Object.getOwnPropertyDescriptor(this, 'made').configurable ? 1 : 2") == 2;
  }

 private:
  /// The promise of a REPL script, or empty.
  Local run(const char* code, bool may_fail = false) {
    TryCatch caught(isolate_.v8());
    std::string_view text(code);
    v8abi::ScriptSource source{};
    source.source = v8abi::string_new_utf8(isolate_.v8(), code, 0, -1);
    source.resource_name = v8abi::string_new_utf8(isolate_.v8(), "check", 0, -1);
    Local unbound = compile_repl(isolate_, source);
    if (!unbound) return nullptr;
    Local promise =
        run_cell(isolate_, context_, source, TextView(text.data(), text.size(), false), unbound, caught);
    if (!promise || !v8abi::value_is_promise(promise)) return nullptr;
    v8abi::promise_mark_as_handled(promise);
    isolate_.forget_rejection(promise);
    v8abi::isolate_run_microtasks(isolate_.v8());
    return may_fail && v8abi::promise_state(promise) != 1 ? nullptr : promise;
  }

  double number(const char* code) {
    Local promise = run(code, true);
    if (!promise) return -1;
    Local key = v8abi::string_new_utf8(isolate_.v8(), ".repl_result", 0, -1);
    Local value = v8abi::object_get(v8abi::promise_result(promise), context_, key);
    return value && v8abi::value_is_number(value) ? v8abi::value_number(value, context_).value : -1;
  }

  Isolate& isolate_;
  const Local context_;
};

}  // namespace

bool check_redeclaration(Isolate& isolate, Local context) {
  return RedeclarationExperiment(isolate, context).passes();
}

}  // namespace isolates::engine
