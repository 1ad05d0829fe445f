// What JavaScript gives to a method of the `ivm` API.
#pragma once
#include <string>
#include <vector>

#include "bind/ivm/wrapped.h"
#include "engine/convert.h"
#include "engine/held_memory.h"
#include "engine/run.h"

namespace isolates::bind::ivm {

/// A wrong parameter: becomes a TypeError, thrown at once in all forms (a wrong option is a Failure).
struct Refusal {
  std::string message;
};
/// An exception of JavaScript is on its way already (a getter of an options object has thrown).
struct JavaScriptThrew {};

/// Which method of which class; the data of its function.
struct Binding {
  const char* class_name;
  const char* method;  // null: the constructor
  Profile profile;

  std::string name() const { return method ? std::string(class_name) + "." + method : class_name; }
};

class Options;

/// The arguments of one call. Reading them may run JavaScript (getters of options), which may do anything:
/// read all first, then look at what the objects hold.
class Arguments {
 public:
  explicit Arguments(const v8abi::CallInfo& info);

  Isolate& isolate() const { return isolate_; }
  Local context() const { return context_; }
  std::string name() const { return binding_.name(); }
  /// That of the constructor or static method; for methods ask the receiver.
  Profile profile() const { return binding_.profile; }
  int count() const { return info_.length; }
  /// undefined if it was not given.
  Local at(int index) const;
  bool is_given(int index) const;

  /// V8 has checked its class.
  template <class T>
  T& receiver() const {
    return static_cast<T&>(receiver_of(info_));
  }
  /// An object of the class that T wraps.
  template <class T>
  T& wrapped(int index, const char* class_name) const {
    auto* found = dynamic_cast<T*>(Wrapped::of(at(index)));
    if (!found) refuse(index, (std::string("a ") + class_name).c_str());
    return *found;
  }

  engine::Text text(int index) const;
  /// A string or an unsigned 32-bit integer.
  engine::Text key(int index) const;
  Local function(int index) const;
  Options options(int index) const;
  /// Items of an array; none if it is null or undefined.
  std::vector<Local> array(int index) const;

  /// For parameters that may be undefined but not missing.
  void require(int count) const;
  void require_new() const;
  /// The object that a constructor has to fill.
  Local receiver() const { return info_.values - 1; }
  void set_result(Local value) const { info_.set_result(value); }
  void set_number(double value) const;
  void set_bool(bool value) const;

  [[noreturn]] void refuse(int index, const char* wanted) const;

  /// All that was read of them so far leaves the isolate with the call.
  const engine::Holding& carried() const { return carried_; }
  template <class T>
  void carry(const T& it) const {
    carried_.add(it);
  }

 private:
  static Wrapped& receiver_of(const v8abi::CallInfo& info);

  const v8abi::CallInfo& info_;
  Isolate& isolate_;
  const Local context_;
  const Binding& binding_;
  mutable engine::Holding carried_{engine::kCallBytes, {}, {}};
};

/// An options object, or none. Each reading runs getters.
class Options {
 public:
  Options(const Arguments& arguments, Local object, std::string path = {})
      : arguments_(arguments), object_(object), path_(std::move(path)) {}

  /// undefined if it is not there.
  Local get(const char* name) const;
  bool flag(const char* name) const;
  engine::Text text(const char* name) const;
  int offset(const char* name) const;
  /// Items of an array; none if it is not there.
  std::vector<Local> array(const char* name) const;
  /// Milliseconds.
  engine::RunLimits timeout() const { return milliseconds("timeout"); }
  engine::RunLimits milliseconds(const char* name) const;
  /// Another object inside (`arguments`, `result`).
  Options inner(const char* name) const;
  /// By copy, externalCopy, reference and promise.
  engine::Crossing crossing(engine::Crossing::Fallback fallback, Profile profile) const;

  [[noreturn]] void refuse(const char* name, const char* wanted) const;

 private:
  const Arguments& arguments_;
  const Local object_;      // null: none
  const std::string path_;  // to it, for messages: "scripts[1]."
};

/// The value of an argument on its way out of its isolate; throws Failure if it can't leave.
Value cross(const Arguments& arguments, Local value, engine::Crossing crossing);

using Body = void (*)(const Arguments&);

/// Calls it and makes JavaScript's exceptions of what it throws.
void run_method(const v8abi::CallInfo& info, Body body);

template <Body body>
void method(const v8abi::CallInfo& info) {
  run_method(info, body);
}

}  // namespace isolates::bind::ivm
