#include "bind/ivm/library.h"

#include "bind/ivm/arguments.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/code_cache.h"
#include "bind/ivm/external_copy.h"
#include "bind/ivm/module_object.h"
#include "bind/ivm/objects.h"
#include "engine/face.h"
#include "engine/isolate.h"
#include "engine/v8_abi_templates.h"
#include "lib/clock.h"

namespace isolates::bind::ivm {
namespace {

using engine::SharedTransferable;
using engine::Transferable;

struct Library final : Transferable {
  explicit Library(Profile profile) : Transferable(Kind::kLibrary, profile) {}
};

/// hrtime([previous]): [seconds, nanoseconds] on a monotonic clock, as process.hrtime.
void hrtime(const Arguments& arguments) {
  auto previous = arguments.array(0);
  constexpr int64_t kNsPerSecond = 1000000000;
  int64_t now = lib::wall_now_ns();
  if (previous.size() == 2) {
    auto part = [&](int index) {
      if (!v8abi::value_is_number(previous[index])) arguments.refuse(0, "an array of two numbers");
      return static_cast<int64_t>(v8abi::value_number(previous[index], nullptr).value);
    };
    now -= part(0) * kNsPerSecond + part(1);
  } else if (arguments.is_given(0)) {
    arguments.refuse(0, "an array of two numbers");
  }
  auto* v8 = arguments.isolate().v8();
  Local parts[] = {v8abi::number_new(v8, static_cast<double>(now / kNsPerSecond)),
                   v8abi::number_new(v8, static_cast<double>(now % kNsPerSecond))};
  arguments.set_result(v8abi::array_new(v8, parts, 2));
}

void construct_library(const Arguments&) { throw Refusal{"`IsolatedVM` constructor is private"}; }

constexpr std::pair<const char*, ClassId> kPublic[] = {
    {"Isolate", ClassId::kIsolate},
    {"Context", ClassId::kContext},
    {"Script", ClassId::kScript},
    {"Module", ClassId::kModule},
    {"Reference", ClassId::kReference},
    {"Callback", ClassId::kCallback},
    {"ExternalCopy", ClassId::kExternalCopy},
};

void freeze(Local object, Local context) {
  v8abi::object_set_integrity_level(object, context, v8abi::kFrozen);
}

/// Frozen all through: what it is passed to can't change it for others of the same context.
Local make_library(Isolate& isolate, Local context, Profile profile) {
  auto* v8 = isolate.v8();
  auto string = [v8](const char* text) { return v8abi::string_new_utf8(v8, text, 0, -1); };
  Local library =
      new_object(isolate, context, ClassId::kLibrary, std::make_unique<LibraryObject>(isolate, profile));
  if (!library) return nullptr;
  for (auto& [name, id] : kPublic) {
    Local made = constructor_of(isolate, context, id, profile);
    if (!made) return nullptr;
    if (Local prototype = v8abi::object_get(made, context, string("prototype"))) freeze(prototype, context);
    freeze(made, context);
    v8abi::object_create_data_property(library, context, string(name), made);
  }
  Local own = constructor_of(isolate, context, ClassId::kLibrary, profile);
  Local hrtime = own ? v8abi::object_get(own, context, string("hrtime")) : nullptr;
  if (!hrtime) return nullptr;
  Local lib = v8abi::object_new(v8);
  v8abi::object_create_data_property(lib, context, string("hrtime"), hrtime);
  freeze(lib, context);
  v8abi::object_create_data_property(library, context, string("lib"), lib);
  freeze(library, context);
  allow_isolates(context);
  return library;
}

Local to_object(Isolate& isolate, Local context, const SharedTransferable& it) {
  auto make = [&](ClassId id, std::unique_ptr<Wrapped> wrapped) {
    return new_object(isolate, context, id, std::move(wrapped));
  };
  switch (it->kind()) {
    case Transferable::Kind::kIsolate: {
      auto handle = std::static_pointer_cast<const engine::IsolateHandle>(it);
      return make(ClassId::kIsolate, std::make_unique<IsolateObject>(isolate, std::move(handle)));
    }
    case Transferable::Kind::kContext: {
      auto handle = std::static_pointer_cast<const engine::ContextHandle>(it);
      return make(ClassId::kContext, std::make_unique<ContextObject>(isolate, std::move(handle)));
    }
    case Transferable::Kind::kScript: {
      auto handle = std::static_pointer_cast<const engine::ScriptHandle>(it);
      Local object = make(ClassId::kScript, std::make_unique<ScriptObject>(isolate, handle));
      return object && define_code_cache(isolate, context, object, handle->cache()) ? object : nullptr;
    }
    case Transferable::Kind::kModule:
      return module_object(isolate, context, std::static_pointer_cast<const engine::Module>(it));
    case Transferable::Kind::kReference: {
      auto reference = std::static_pointer_cast<const engine::Reference>(it);
      auto held = std::make_shared<HeldReference>(isolate, reference);
      return make(ClassId::kReference,
                  std::make_unique<ReferenceObject>(isolate, reference->profile(), reference->type(), held));
    }
    case Transferable::Kind::kLibrary:
      return make_library(isolate, context, it->profile());
    case Transferable::Kind::kExternalCopy:
      return copy_object(isolate, context, std::static_pointer_cast<const engine::ExternalCopy>(it));
    case Transferable::Kind::kCallback:  // a function: engine/callback_function.h
      break;
  }
  return nullptr;
}

std::optional<std::variant<Value, Failure>> from_object(Isolate&, Local object) {
  Wrapped* wrapped = Wrapped::of(object);
  if (!wrapped) return std::nullopt;
  return wrapped->cross();
}

}  // namespace

std::variant<Value, Failure> LibraryObject::cross() { return Value(library(profile())); }

const ClassSpec& library_class() {
  static const ClassSpec spec{"IsolatedVM", method<construct_library>,       {},
                              {},           {{"hrtime", method<hrtime>, 1}}, {}};
  return spec;
}

std::shared_ptr<const Transferable> library(Profile profile) {
  return std::make_shared<const Library>(profile);
}

void install() { engine::Face::instance() = {to_object, from_object}; }

}  // namespace isolates::bind::ivm
