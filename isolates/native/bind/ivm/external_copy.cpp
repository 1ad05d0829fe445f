// ExternalCopy, as JavaScript sees it.
#include "bind/ivm/external_copy.h"

#include "bind/ivm/arguments.h"
#include "bind/ivm/classes.h"

namespace isolates::bind::ivm {
namespace {

using engine::CopyBuffers;
using engine::ExternalCopy;

void construct_external_copy(const Arguments& arguments) {
  arguments.require_new();
  if (arguments.count() < 1) throw Refusal{"`ExternalCopy` requires at least 1 parameter"};
  Options given = arguments.options(1);
  engine::CopyOptions options;
  options.keep_buffer_apart = true;
  options.transfer_list = given.array("transferList");
  options.transfer_out = given.flag("transferOut");
  auto& isolate = arguments.isolate();
  auto copy = ExternalCopy::of(isolate, arguments.context(), arguments.at(0), options, arguments.profile());
  if (auto* failure = std::get_if<Failure>(&copy)) throw std::move(*failure);
  auto held = hold_copy(isolate, std::get<std::shared_ptr<const ExternalCopy>>(std::move(copy)));
  if (!held) throw engine::too_much_copied();
  fill_object(isolate, arguments.receiver(), std::make_unique<ExternalCopyObject>(isolate, std::move(*held)));
}

struct CopyArguments {
  bool release;
  bool transfer_in;
};

CopyArguments read_options(const Arguments& arguments) {
  Options options = arguments.options(0);
  return {options.flag("release"), options.flag("transferIn")};
}

void copy(const Arguments& arguments) {
  auto options = read_options(arguments);
  auto& self = arguments.receiver<ExternalCopyObject>();
  auto held = self.held().copy;
  auto buffers = options.transfer_in ? CopyBuffers::kTaken : CopyBuffers::kCopied;
  auto made = held->to_local(arguments.isolate(), arguments.context(), buffers);
  if (auto* failure = std::get_if<Failure>(&made)) throw std::move(*failure);
  arguments.set_result(std::get<Local>(made));
  if (options.release) self.release();
}

void copy_into(const Arguments& arguments) {
  auto options = read_options(arguments);
  auto& self = arguments.receiver<ExternalCopyObject>();
  auto wrapped = std::make_unique<CopyIntoObject>(arguments.isolate(), self.held(), options.transfer_in);
  Local object = new_object(arguments.isolate(), arguments.context(), ClassId::kCopyInto, std::move(wrapped));
  if (!object) throw JavaScriptThrew{};
  arguments.set_result(object);
  if (options.release) self.release();
}

void release(const Arguments& arguments) { arguments.receiver<ExternalCopyObject>().release(); }

void total_external_size(const Arguments& arguments) {
  arguments.set_number(static_cast<double>(ExternalCopy::total_bytes()));
}

void refuse_new(const Arguments&) { throw Refusal{"`CopyInto` constructor is private"}; }

}  // namespace

std::optional<HeldCopy> hold_copy(Isolate& isolate, std::shared_ptr<const ExternalCopy> copy) {
  auto memory = engine::HeldMemory::take_or_collect(isolate, {0, {}, {copy}});
  if (!memory) return std::nullopt;
  return HeldCopy{std::move(copy), std::move(memory)};
}

Local copy_object(Isolate& isolate, Local context, std::shared_ptr<const ExternalCopy> copy) {
  auto held = hold_copy(isolate, std::move(copy));
  if (!held) return nullptr;
  return new_object(isolate, context, ClassId::kExternalCopy,
                    std::make_unique<ExternalCopyObject>(isolate, std::move(*held)));
}

const ClassSpec& external_copy_class() {
  static const ClassSpec spec{
      "ExternalCopy",
      method<construct_external_copy>,
      {{"copy", method<copy>, 0}, {"copyInto", method<copy_into>, 0}, {"release", method<release>, 0}},
      {},
      {},
      {{"totalExternalSize", method<total_external_size>}}};
  return spec;
}

const ClassSpec& copy_into_class() {
  static const ClassSpec spec{"CopyInto", method<refuse_new>, {}, {}, {}, {}};
  return spec;
}

}  // namespace isolates::bind::ivm
