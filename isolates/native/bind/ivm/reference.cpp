// Reference, as JavaScript sees it.
#include "bind/ivm/call.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/objects.h"
#include "engine/apply.h"
#include "engine/convert.h"
#include "engine/properties.h"
#include "engine/roots.h"

namespace isolates::bind::ivm {
namespace {

using engine::Crossing;
using engine::Fault;
using engine::Reference;
using Fallback = Crossing::Fallback;

Local new_reference(const Arguments& arguments, const std::shared_ptr<const Reference>& reference,
                    std::shared_ptr<HeldReference> held) {
  auto wrapped = std::make_unique<ReferenceObject>(arguments.isolate(), reference->profile(),
                                                   reference->type(), std::move(held));
  Local object =
      new_object(arguments.isolate(), arguments.context(), ClassId::kReference, std::move(wrapped));
  if (!object) throw JavaScriptThrew{};
  return object;
}

void construct_reference(const Arguments& arguments) {
  arguments.require_new();
  arguments.require(1);
  Options options = arguments.options(1);
  bool inherits = options.flag("unsafeInherit");
  auto reference = Reference::make(arguments.isolate(), arguments.context(), arguments.at(0),
                                   arguments.profile(), engine::RemoteHandle::Count::kYes, inherits);
  auto held = std::make_shared<HeldReference>(arguments.isolate(), reference);
  fill_object(arguments.isolate(), arguments.receiver(),
              std::make_unique<ReferenceObject>(arguments.isolate(), reference->profile(), reference->type(),
                                                std::move(held)));
}

void type_of(const Arguments& arguments) {
  auto& type = arguments.receiver<ReferenceObject>().type();
  arguments.set_result(v8abi::string_new_utf8(arguments.isolate().v8(), type.c_str(), 0, -1));
}

void release(const Arguments& arguments) { arguments.receiver<ReferenceObject>().release(); }

const std::shared_ptr<Isolate> isolate_of(const Reference& reference) {
  auto isolate = reference.isolate();
  if (!isolate) throw Failure{Fault::kTransfer, "Reference is not an object", {}};
  return isolate;
}

/// What is given back if neither an option nor the value's own kind decides: a Reference always in the
/// README's API, values where they can cross in isolated-vm 5's.
Crossing result_of(const Options& options, Fallback readme, Profile profile) {
  return options.crossing(profile == Profile::kReadme ? readme : Fallback::kReference, profile);
}

template <Form form>
void copy(const Arguments& arguments) {
  auto& self = arguments.receiver<ReferenceObject>();
  build_call(arguments, form, [&] {
    auto reference = self.reference();
    if (auto& host = reference->host()) {
      engine::Outcome outcome;
      {
        Isolate::Outside outside(arguments.isolate());
        outcome = host->copy();
      }
      return answer(arguments, form, std::move(outcome));
    }
    Crossing crossing;
    crossing.how = Crossing::How::kCopy;
    call(arguments, form, reference->isolate(), std::make_unique<engine::ReadOperation>(reference, crossing));
  });
}

void deref(const Arguments& arguments) {
  bool release = arguments.options(0).flag("release");
  auto& self = arguments.receiver<ReferenceObject>();
  auto reference = self.reference();
  if (reference->isolate().get() != &arguments.isolate()) {
    throw Failure{Fault::kTransfer, "Cannot dereference this from current isolate", {}};
  }
  arguments.set_result(reference->value());
  if (release) self.release();
}

void deref_into(const Arguments& arguments) {
  bool release = arguments.options(0).flag("release");
  auto& self = arguments.receiver<ReferenceObject>();
  auto wrapped = std::make_unique<DereferenceObject>(arguments.isolate(), self.reference());
  Local object =
      new_object(arguments.isolate(), arguments.context(), ClassId::kDereference, std::move(wrapped));
  if (!object) throw JavaScriptThrew{};
  arguments.set_result(object);
  if (release) self.release();
}

template <Form form>
void get(const Arguments& arguments) {
  auto key = arguments.key(0);
  auto& self = arguments.receiver<ReferenceObject>();
  build_call(arguments, form, [&] {
    Options options = arguments.options(1);
    engine::GetOptions how{options.flag("unsafeInherit"), options.flag("accessors")};
    auto crossing = result_of(options, Fallback::kReference, self.profile());
    if (self.profile() == Profile::kReadme && crossing.how == Crossing::How::kTransfer && !crossing.promise) {
      crossing.how = Crossing::How::kReference;
    }
    crossing.unsettled = form == Form::kSync;
    auto reference = self.reference();
    auto isolate = isolate_of(*reference);
    call(arguments, form, isolate,
         std::make_unique<engine::GetOperation>(std::move(reference), std::move(key), how, crossing));
  });
}

/// In isolated-vm 5's API: undefined, or an error.
class Checked final : public engine::Operation {
 public:
  Checked(std::unique_ptr<Operation> operation, const char* message)
      : operation_(std::move(operation)), message_(message) {}
  engine::Outcome run(Isolate& isolate) override {
    engine::Outcome outcome = operation_->run(isolate);
    auto* value = std::get_if<Value>(&outcome);
    if (!value) return outcome;
    if (std::get<bool>(*value)) return Value(engine::Undefined{});
    return Failure{Fault::kTransfer, message_, {}};
  }

 private:
  const std::unique_ptr<Operation> operation_;
  const char* const message_;
};

void call_checked(const Arguments& arguments, Form form, const Reference& reference, Profile profile,
                  std::unique_ptr<engine::Operation> operation, const char* message) {
  if (profile == Profile::kVersion5) operation = std::make_unique<Checked>(std::move(operation), message);
  call(arguments, form, isolate_of(reference), std::move(operation));
}

template <Form form>
void set(const Arguments& arguments) {
  arguments.require(2);
  auto key = arguments.key(0);
  Options options = arguments.options(2);
  auto& self = arguments.receiver<ReferenceObject>();
  build_call(arguments, form, [&] {
    Value value = cross(arguments, arguments.at(1), options.crossing(Fallback::kRefuse, self.profile()));
    auto reference = self.reference();
    auto operation = std::make_unique<engine::SetOperation>(reference, std::move(key), std::move(value));
    call_checked(arguments, form, *reference, self.profile(), std::move(operation), "Set failed");
  });
}

template <Form form>
void remove(const Arguments& arguments) {
  auto key = arguments.key(0);
  auto& self = arguments.receiver<ReferenceObject>();
  build_call(arguments, form, [&] {
    auto reference = self.reference();
    auto operation = std::make_unique<engine::DeleteOperation>(reference, std::move(key));
    call_checked(arguments, form, *reference, self.profile(), std::move(operation), "Delete failed");
  });
}

engine::Application read_application(const Arguments& arguments, const ReferenceObject& self) {
  auto items = arguments.array(1);
  Options options = arguments.options(2);
  auto limits = options.timeout();
  Profile profile = self.profile();
  auto result = result_of(options.inner("result"), Fallback::kRefuse, profile);
  auto given = options.inner("arguments").crossing(Fallback::kRefuse, profile);
  Crossing plain;
  plain.fallback = Fallback::kRefuse;
  plain.profile = profile;
  engine::Application application{self.reference(), engine::Undefined{}, {}, result, limits};
  application.receiver = cross(arguments, arguments.at(0), plain);
  for (Local item : items) application.arguments.push_back(cross(arguments, item, given));
  return application;
}

template <Form form>
void apply_it(const Arguments& arguments) {
  auto& self = arguments.receiver<ReferenceObject>();
  build_call(arguments, form, [&] {
    auto application = read_application(arguments, self);
    application.crossing.unsettled = form == Form::kSync;
    apply(arguments, form, std::move(application));
  });
}

void apply_sync_promise(const Arguments& arguments) {
  auto application = read_application(arguments, arguments.receiver<ReferenceObject>());
  answer(arguments, Form::kSync,
         engine::apply_awaited_from_inside(arguments.isolate(), std::move(application)));
}

void refuse_new(const Arguments&) { throw Refusal{"`Dereference` constructor is private"}; }

}  // namespace

Local new_global(const Arguments& arguments, ContextObject& context) {
  auto reference = context.handle()->global();
  return new_reference(arguments, reference, context.global());
}

const ClassSpec& reference_class() {
  static const ClassSpec spec{"Reference",
                              method<construct_reference>,
                              {{"copy", method<copy<Form::kAsync>>, 0},
                               {"copySync", method<copy<Form::kSync>>, 0},
                               {"deref", method<deref>, 0},
                               {"derefInto", method<deref_into>, 0},
                               {"release", method<release>, 0},
                               {"get", method<get<Form::kAsync>>, 1},
                               {"getSync", method<get<Form::kSync>>, 1},
                               {"set", method<set<Form::kAsync>>, 2},
                               {"setIgnored", method<set<Form::kIgnored>>, 2},
                               {"setSync", method<set<Form::kSync>>, 2},
                               {"delete", method<remove<Form::kAsync>>, 1},
                               {"deleteIgnored", method<remove<Form::kIgnored>>, 1},
                               {"deleteSync", method<remove<Form::kSync>>, 1},
                               {"apply", method<apply_it<Form::kAsync>>, 2},
                               {"applyIgnored", method<apply_it<Form::kIgnored>>, 2},
                               {"applySync", method<apply_it<Form::kSync>>, 2},
                               {"applySyncPromise", method<apply_sync_promise>, 2}},
                              {{"typeof", method<type_of>}},
                              {},
                              {}};
  return spec;
}

const ClassSpec& dereference_class() {
  static const ClassSpec spec{"Dereference", method<refuse_new>, {}, {}, {}, {}};
  return spec;
}

}  // namespace isolates::bind::ivm
