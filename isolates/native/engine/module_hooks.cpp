#include "engine/module_hooks.h"

#include "engine/convert.h"
#include "engine/entry.h"
#include "engine/errors.h"
#include "engine/held_memory.h"
#include "engine/isolate.h"
#include "engine/module_compile.h"
#include "engine/module_evaluate.h"
#include "engine/module_instantiate.h"
#include "engine/module_map.h"
#include "engine/reference.h"
#include "engine/rescue.h"
#include "engine/roots.h"
#include "engine/v8_abi_modules.h"

namespace isolates::engine {
namespace {

/// One import(), from its call to the promise's end. Kept by whoever is to answer.
struct DynamicImport {
  std::shared_ptr<Isolate> isolate;
  std::unique_ptr<RemoteHandle> promise;  // v8::Promise::Resolver
  std::unique_ptr<RemoteHandle> context;
  std::shared_ptr<HeldMemory> held;
  Text stack;  // of the call: an error of the resolver's, or in what it found, has no frame of the importer
};

// The question's records, here and at the host.
constexpr size_t kImportBytes = 4096;
constexpr size_t kMostStack = 1024;

/// For V8: the promise of the namespace, when the one of the evaluation is fulfilled.
void give_namespace(const v8abi::CallInfo& info) {
  info.set_result(v8abi::function_data(info.isolate(), info.target()));
}

/// A host's error has no stack of JavaScript's, to which the importer's frames could be added.
void give_head(Failure& failure) {
  if (!failure.thrown || failure.thrown->stack.length() > 0 || failure.thrown->name.length() == 0) return;
  auto headed = std::make_shared<Thrown>(*failure.thrown);
  headed->stack = headed->name;
  headed->stack.append(Text::latin1(": "));
  headed->stack.append(headed->message);
  failure.thrown = std::move(headed);
}

/// The end of an import(): links, evaluates, and hands V8's own errors on as they are.
class FinishImportOperation final : public Operation {
 public:
  FinishImportOperation(std::shared_ptr<DynamicImport> import, std::shared_ptr<ModuleLinking> linking,
                        std::optional<Failure> failure)
      : import_(std::move(import)), linking_(std::move(linking)), failure_(std::move(failure)) {}

  Outcome run(Isolate& isolate) override {
    Local context = import_->context->local();
    EnteredContext entered(context);
    TryCatch caught(isolate.v8());
    if (!failure_) import(isolate, context);
    Local promise = import_->promise->local();
    if (failure_) {
      give_head(*failure_);
      Local error = new_error(isolate, context, *failure_, import_->stack);
      (void)v8abi::resolver_reject(promise, context, error);
    } else if (caught.has_caught() && !caught.has_terminated()) {
      (void)v8abi::resolver_reject(promise, context, caught.exception());
    }
    return Failure{Fault::kState, {}, {}};  // no call: rejections go to the isolate's owner
  }

 private:
  void import(Isolate& isolate, Local context) {
    auto linked = link_modules(isolate, context, *linking_);
    if (auto* failure = std::get_if<Failure>(&linked)) {
      failure_ = std::move(*failure);
      return;
    }
    if (!std::get<bool>(linked)) return;
    auto evaluated = evaluate_module(*linking_->root());
    if (auto* failure = std::get_if<Failure>(&evaluated)) {
      failure_ = std::move(*failure);
      return;
    }
    if (!std::get<Local>(evaluated)) return;
    Local space = v8abi::module_namespace(linking_->root()->local());
    Local give = v8abi::function_new(context, give_namespace, space, 0, 0, 0);
    Local then = give ? v8abi::promise_then_fulfilled(std::get<Local>(evaluated), context, give) : nullptr;
    if (then) (void)v8abi::resolver_resolve(import_->promise->local(), context, then);
  }

  const std::shared_ptr<DynamicImport> import_;
  const std::shared_ptr<ModuleLinking> linking_;
  std::optional<Failure> failure_;
};

void start_import(Isolate& isolate, const std::shared_ptr<DynamicImport>& import, ModuleRequest request,
                  Referrer referrer, std::shared_ptr<ModuleResolver> resolver) {
  auto linking = std::make_shared<ModuleLinking>(isolate.shared_from_this(), std::move(resolver));
  isolate.modules().note(linking);
  auto finish = [import, weak = std::weak_ptr(linking)](std::optional<Failure> failure) {
    import->isolate->post(std::make_shared<Call>(
        import->isolate, std::make_unique<FinishImportOperation>(import, weak.lock(), std::move(failure)),
        RunLimits{}, nullptr));
  };
  lib::ThreadPool::instance().post(
      [linking = std::move(linking), request = std::move(request), referrer = std::move(referrer),
       finish = std::move(finish)] { linking->start(request, referrer, finish); });
}

/// The module that the code is of, or null for a script.
ModuleRecord* record_of(Isolate& isolate, Local host_options) {
  if (!host_options || v8abi::primitive_array_length(host_options) != 1) return nullptr;
  Local id = v8abi::primitive_array_get(host_options, isolate.v8(), 0);
  if (!v8abi::value_is_number(id)) return nullptr;
  return isolate.modules().find(static_cast<uint64_t>(v8abi::value_number(id, nullptr).value));
}

}  // namespace

Local on_import(Local context, Local host_options, Local resource_name, Local specifier, Local attributes) {
  Isolate& isolate = Isolate::current(nullptr);
  Local promise = v8abi::resolver_new(context);
  if (!promise) return nullptr;
  auto held = HeldMemory::take(isolate, {kImportBytes, {}, {}});
  if (!held) {
    (void)v8abi::resolver_reject(promise, context, new_error(isolate, context, too_much_queued()));
    return v8abi::resolver_promise(promise);
  }
  ModuleRecord* record = record_of(isolate, host_options);
  auto resolver = record ? record->importer : nullptr;
  if (!resolver) resolver = isolate.modules().importer_of(context);
  auto text = resolver ? read_text(isolate, specifier) : std::nullopt;
  if (!text) {
    const char* why = resolver ? "The specifier does not fit into the isolate"
                               : "import() is not possible here: there is no resolver";
    Local error = new_error(isolate, context, {Fault::kTransfer, why, {}});
    (void)v8abi::resolver_reject(promise, context, error);
    return v8abi::resolver_promise(promise);
  }
  ModuleRequest request{std::move(*text), {}};
  request.attributes = read_attributes(isolate, attributes, v8abi::kDynamicAttributeStep);
  Referrer referrer;
  if (record) {
    referrer = {isolate.modules().outside_of(*record, record->weak, context), record->info->filename};
  } else if (resource_name && v8abi::value_is_string(resource_name)) {
    referrer.filename = read_text(isolate, resource_name).value_or(Text{});
  }
  auto import = std::make_shared<DynamicImport>();
  import->held = std::move(held);
  if (auto here = current_stack(isolate, "")) import->stack = here->stack.until(kMostStack);
  import->isolate = isolate.shared_from_this();
  import->promise = std::make_unique<RemoteHandle>(isolate, promise, RemoteHandle::Count::kNo);
  import->context = std::make_unique<RemoteHandle>(isolate, context, RemoteHandle::Count::kNo);
  start_import(isolate, import, std::move(request), std::move(referrer), std::move(resolver));
  return v8abi::resolver_promise(promise);
}

// --- import.meta ---

namespace {

/// Copies own properties; what the host returned is plain data.
bool define_all(Isolate& isolate, Local context, Local from, Local meta) {
  Local names = v8abi::object_own_names(from, context);
  if (!names) return false;
  uint32_t count = v8abi::array_length(names);
  for (uint32_t index = 0; index < count; ++index) {
    HandleScope handles(isolate.v8());
    Local name = v8abi::object_get_index(names, context, index);
    Local value = name ? v8abi::object_get(from, context, name) : nullptr;
    if (!value || !v8abi::object_create_data_property(meta, context, name, value).has) return false;
  }
  return true;
}

void fill_meta(Isolate& isolate, Local context, Local module, Local meta) {
  ModuleRecord* record = isolate.modules().find(module);
  if (!record) return;
  if (record->meta_function) {  // what it throws goes to JavaScript by itself
    Local undefined = Roots::instance().undefined_local();
    v8abi::function_call(record->meta_function, context, undefined, 1, &meta);
    return;
  }
  if (!record->meta) return;
  auto source = record->meta;
  auto outcome = source->fill(isolate, context, meta, isolate.modules().outside_of(*record, module, context));
  if (isolate.is_lost()) return;
  if (isolate.is_being_stopped()) {
    v8abi::isolate_throw_termination(isolate.v8());
    return;
  }
  if (auto* value = std::get_if<Value>(&outcome)) {
    if (std::holds_alternative<Undefined>(*value)) return;
    auto local = to_local(isolate, context, *value);
    if (auto* made = std::get_if<Local>(&local)) {
      if (v8abi::value_is_object(*made)) define_all(isolate, context, *made, meta);
      return;
    }
    outcome = std::get<Failure>(std::move(local));
  }
  throw_failure(isolate, context, std::get<Failure>(outcome));
}

}  // namespace

void on_import_meta(Local context, Local module, Local meta) {
  Isolate& isolate = Isolate::current(nullptr);
  fill_meta(isolate, context, module, meta);
  if (isolate.is_lost() && isolate.must_not_return())
    leave_rescue_zone("the isolate was lost in a nested call");
}

// --- Contexts ---

Outcome SetImportResolverOperation::run(Isolate& isolate) {
  isolate.modules().set_importer(context_->local(), resolver_);
  return Value(Null{});
}

}  // namespace isolates::engine
