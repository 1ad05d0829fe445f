#include "bind/ivm/classes.h"

#include <array>
#include <deque>

#include "bind/ivm/arguments.h"
#include "engine/isolate.h"
#include "engine/roots.h"
#include "engine/v8_abi_templates.h"

namespace isolates::bind::ivm {
namespace {

using SpecOf = const ClassSpec& (*)();

/// In the order of ClassId; null where the class is not there.
constexpr SpecOf kSpecs[] = {
    isolate_class,
    context_class,  // isolate, context
    script_class,
    module_class,  // script, module
    reference_class,
    external_copy_class,  // reference, external copy
    callback_class,
    library_class,  // callback, library
    dereference_class,
    copy_into_class,          // dereference, copy-into
    inspector_session_class,  // inspector session
};
static_assert(std::size(kSpecs) == static_cast<size_t>(ClassId::kCount));

/// The function templates of an isolate, made when they are first needed.
struct Templates final : engine::FaceState {
  std::deque<Binding> bindings;  // what the functions' data points to
  std::array<std::array<Local, 2>, static_cast<size_t>(ClassId::kCount)> of{};
};

class Builder {
 public:
  Builder(Isolate& isolate, std::deque<Binding>& bindings, const ClassSpec& spec, Profile profile)
      : v8_(isolate.v8()), bindings_(bindings), class_name_(spec.name), profile_(profile) {
    made_ = function(nullptr, spec.constructor, nullptr, 0);
    v8abi::function_template_set_class_name(made_, string(spec.name));
    v8abi::function_template_read_only_prototype(made_);
    v8abi::object_template_set_internal_field_count(v8abi::function_template_instance(made_), 1);
    Local prototype = v8abi::function_template_prototype(made_);
    Local signature = v8abi::signature_new(v8_, made_);
    add(prototype, signature, spec.methods, spec.properties);
    add(made_, nullptr, spec.statics, spec.static_properties);
  }

  Local made() const { return made_; }

 private:
  Local string(const char* text) { return v8abi::string_new_utf8(v8_, text, 0, -1); }

  Local function(const char* name, v8abi::HostFunction call, Local signature, int length) {
    constexpr int kAllowConstructor = 1, kHasSideEffects = 0;
    constexpr uint16_t kTag = 0;
    bindings_.push_back({class_name_, name, profile_});
    Local data = v8abi::external_new(v8_, &bindings_.back(), kTag);
    return v8abi::function_template_new(v8_, call, data, signature, length, kAllowConstructor,
                                        kHasSideEffects, nullptr, 0, 0, 0);
  }

  void add(Local to, Local signature, const std::vector<Method>& methods,
           const std::vector<Property>& properties) {
    constexpr int kFixed = v8abi::kReadOnly | v8abi::kDontDelete | v8abi::kDontEnum;
    for (const Method& method : methods) {
      if (method.readme_only && profile_ != Profile::kReadme) continue;
      v8abi::template_set(to, string(method.name),
                          function(method.name, method.function, signature, method.length), kFixed);
    }
    for (const Property& property : properties) {
      constexpr int kNoSetter = v8abi::kDontDelete | v8abi::kDontEnum;
      v8abi::template_set_accessor(to, string(property.name),
                                   function(property.name, property.getter, signature, 0), nullptr,
                                   kNoSetter);
    }
  }

  v8abi::V8Isolate* v8_;
  std::deque<Binding>& bindings_;
  const char* class_name_;
  Profile profile_;
  Local made_;
};

Local template_of(Isolate& isolate, ClassId id, Profile profile) {
  if (!isolate.face_state()) isolate.face_state() = std::make_unique<Templates>();
  auto& templates = static_cast<Templates&>(*isolate.face_state());
  Local& slot = templates.of[static_cast<size_t>(id)][static_cast<size_t>(profile)];
  if (!slot) {
    Builder builder(isolate, templates.bindings, kSpecs[static_cast<size_t>(id)](), profile);
    slot = v8abi::global_new(isolate.v8(), *builder.made());
  }
  return slot;
}

}  // namespace

Local constructor_of(Isolate& isolate, Local context, ClassId id, Profile profile) {
  return v8abi::function_template_function(template_of(isolate, id, profile), context);
}

Local new_object(Isolate& isolate, Local context, ClassId id, std::unique_ptr<Wrapped> wrapped) {
  Local instances = v8abi::function_template_instance(template_of(isolate, id, wrapped->profile()));
  Local object = v8abi::object_template_new_instance(instances, context);
  if (object) fill_object(isolate, object, std::move(wrapped));
  return object;
}

namespace {
constexpr int kLibrarySlot = 8;  // of a context's embedder data; the lower ones: engine/errors.cpp
}

void allow_isolates(Local context) {
  v8abi::context_set_embedder_data(context, kLibrarySlot, engine::Roots::instance().true_local());
}

void require_library(const Arguments& arguments) {
  // The context of the function that is called, not of who calls it.
  Local context = arguments.context();
  if (v8abi::context_embedder_data_count(context) > kLibrarySlot &&
      v8abi::value_is_true(v8abi::context_embedder_data(context, kLibrarySlot))) {
    return;
  }
  throw Refusal{"`" + arguments.name() + "` needs the `ivm` object, which this context was not given"};
}

void fill_object(Isolate& isolate, Local object, std::unique_ptr<Wrapped> wrapped) {
  v8abi::object_set_internal_field(object, 0, engine::WeakData::attach(isolate, std::move(wrapped)));
}

}  // namespace isolates::bind::ivm
