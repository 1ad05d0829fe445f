// The classes of the `ivm` API as V8 knows them.
#pragma once
#include <memory>
#include <vector>

#include "bind/ivm/wrapped.h"

namespace isolates::bind::ivm {

enum class ClassId : uint8_t {
  kIsolate,
  kContext,
  kScript,
  kModule,
  kReference,
  kExternalCopy,
  kCallback,
  kLibrary,
  kDereference,
  kCopyInto,
  kInspectorSession,
  kCount,
};

class Arguments;

struct Method {
  const char* name;
  v8abi::HostFunction function;  // method<...> of ivm/arguments.h
  int length;                    // the parameters that JavaScript is told of
  bool readme_only = false;      // not in the profile of isolated-vm 5
};

struct Property {
  const char* name;
  v8abi::HostFunction getter;
};

/// One class. V8 checks the receiver of methods and getters.
struct ClassSpec {
  const char* name;
  v8abi::HostFunction constructor;
  std::vector<Method> methods;
  std::vector<Property> properties;
  std::vector<Method> statics;
  std::vector<Property> static_properties;
};

/// Each in the file of its class.
const ClassSpec& isolate_class();
const ClassSpec& context_class();
const ClassSpec& script_class();
const ClassSpec& module_class();
const ClassSpec& reference_class();
const ClassSpec& callback_class();
const ClassSpec& library_class();
const ClassSpec& dereference_class();
const ClassSpec& external_copy_class();
const ClassSpec& copy_into_class();
const ClassSpec& inspector_session_class();

/// The class's constructor in `context`. Empty if V8 refuses.
Local constructor_of(Isolate& isolate, Local context, ClassId id, Profile profile);

/// A new object of the class, made without calling its constructor. Empty if V8 refuses.
Local new_object(Isolate& isolate, Local context, ClassId id, std::unique_ptr<Wrapped> wrapped);

/// `ivm` was given to this context: the class Isolate may be used there to make isolates. Handles alone,
/// whose prototypes lead to their classes, give no right to.
void allow_isolates(Local context);
/// Throws Refusal in a context without it.
void require_library(const Arguments& arguments);

/// Puts the data into the object that a constructor has to fill.
void fill_object(Isolate& isolate, Local object, std::unique_ptr<Wrapped> wrapped);

}  // namespace isolates::bind::ivm
