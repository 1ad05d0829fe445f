#include "engine/errors.h"

#include <algorithm>
#include <optional>

#include "engine/convert.h"
#include "engine/isolate.h"
#include "engine/last_value.h"
#include "engine/supervision.h"

namespace isolates::engine {
namespace {

constexpr int kMaxCauses = 16;
constexpr int kMaxErrors = 64;
// Of what is nested, in all: errors of errors of errors share one text and are told many times. Any one error
// is read whole.
constexpr size_t kMostParts = 300;
constexpr size_t kMostTextBytes = 16 << 20;
constexpr char kNotAnErrorMessage[] =
    "An object was thrown from supplied code within isolated-vm, but that object was not an instance of "
    "`Error`.";

Thrown::Class class_named(const Text& name) {
  using Class = Thrown::Class;
  static const std::pair<const char*, Class> names[] = {
      {"EvalError", Class::kEval},           {"RangeError", Class::kRange},
      {"ReferenceError", Class::kReference}, {"SyntaxError", Class::kSyntax},
      {"TypeError", Class::kType},           {"URIError", Class::kUri},
      {"AggregateError", Class::kAggregate}};
  if (name.two_byte) return Class::kError;
  for (auto& [text, js_class] : names) {
    if (name.units == text) return js_class;
  }
  return Class::kError;
}

class Reader {
 public:
  Reader(Isolate& isolate, Local context) : isolate_(isolate), context_(context) {}

  std::shared_ptr<Thrown> read(Local exception, int depth) {
    auto thrown = std::make_shared<Thrown>();
    seen_.emplace_back(exception, thrown.get());
    if (!v8abi::value_is_object(exception)) thrown->primitive = primitive(exception);
    if (thrown->primitive) {
      thrown->js_class = Thrown::Class::kNotAnError;
      return thrown;
    }
    if (!v8abi::value_is_native_error(exception)) {  // and symbols, which can't cross
      thrown->name = Text::latin1("Error");
      thrown->message = Text::latin1(kNotAnErrorMessage);
      return thrown;
    }
    thrown->name = text(exception, "name").value_or(Text::latin1("Error"));
    thrown->js_class = class_named(thrown->name);
    thrown->message = text(exception, "message").value_or(Text{});
    thrown->stack = text(exception, "stack").value_or(Text{});
    if (Local code = get(exception, "code")) thrown->code = primitive(code, true);
    for (const Text* one : {&thrown->name, &thrown->message, &thrown->stack})
      text_bytes_ += one->units.size();
    if (depth < kMaxCauses) read_cause(exception, *thrown, depth);
    if (depth < 2) read_errors(exception, *thrown, depth);
    return thrown;
  }

  /// All that was read, the outermost first.
  const std::vector<std::pair<Local, Thrown*>>& seen() const { return seen_; }

 private:
  Local get(Local object, const char* key) {
    TryCatch ignore(isolate_.v8());
    Local name = v8abi::string_new_utf8(isolate_.v8(), key, 0, -1);
    return name ? v8abi::object_get(object, context_, name) : nullptr;
  }
  std::optional<Text> text(Local object, const char* key) {
    Local value = get(object, key);
    return value && v8abi::value_is_string(value) ? read_text(isolate_, value) : std::nullopt;
  }
  std::shared_ptr<const Value> primitive(Local value, bool defined = false) {
    auto read = to_primitive(isolate_, value);
    if (!read || (defined && std::holds_alternative<Undefined>(*read))) return nullptr;
    return std::make_shared<const Value>(std::move(*read));
  }
  void read_cause(Local exception, Thrown& thrown, int depth) {
    Local cause = get(exception, "cause");
    if (!cause || has_enough()) return;
    if (v8abi::value_is_native_error(cause)) {
      thrown.cause = read(cause, depth + 1);
    } else {
      thrown.cause_value = primitive(cause, true);
    }
  }
  void read_errors(Local exception, Thrown& thrown, int depth) {
    if (thrown.js_class != Thrown::Class::kAggregate) return;
    Local errors = get(exception, "errors");
    if (!errors || !v8abi::value_is_object(errors)) return;
    Local length = get(errors, "length");
    if (!length || !v8abi::value_is_int32(length)) return;
    int count = std::min(v8abi::value_int32(length, context_).value, kMaxErrors);
    for (int index = 0; index < count && !has_enough(); ++index) {
      Local error = get(errors, std::to_string(index).c_str());
      if (error) thrown.errors.push_back(read(error, depth + 1));
    }
  }

  bool has_enough() const { return seen_.size() >= kMostParts || text_bytes_ >= kMostTextBytes; }

  Isolate& isolate_;
  Local context_;
  std::vector<std::pair<Local, Thrown*>> seen_;
  size_t text_bytes_ = 0;
};

void read_location(Isolate& isolate, Local context, Local message, Thrown& thrown) {
  TryCatch ignore(isolate.v8());
  auto line = v8abi::message_line(message, context);
  auto column = v8abi::message_column(message, context);
  thrown.line = line.has ? line.value : 0;
  thrown.column = column.has ? column.value + 1 : 0;
  Local name = v8abi::message_resource_name(message);
  if (name && v8abi::value_is_string(name)) thrown.filename = read_text(isolate, name).value_or(Text{});
  Local source = v8abi::message_source_line(message, context);
  constexpr int kLongestShown = 10000;  // of minified code, a line may be megabytes
  if (source && v8abi::string_length(source) <= kLongestShown) {
    thrown.source_line = read_text(isolate, source).value_or(Text{});
  }
}

}  // namespace

std::shared_ptr<Thrown> capture_thrown(Isolate& isolate, Local context, Local exception, Local message) {
  HandleScope handles(isolate.v8());
  Reader reader(isolate, context);
  std::shared_ptr<Thrown> thrown;
  {
    NoJavaScript calm(isolate.v8());
    thrown = reader.read(exception, 0);
  }
  thrown->of_default_isolate = !isolate.default_isolate();
  if (message) read_location(isolate, context, message, *thrown);
  // Without a message nobody threw it: its stack is wanted.
  if (message && isolate.supervision()) {
    keep_last(isolate, context, LastValue::kError, exception);
    constexpr size_t kMostExplained = 32;
    size_t count = std::min(reader.seen().size(), kMostExplained);
    for (size_t index = 0; index < count; ++index) {
      explain(isolate, context, reader.seen()[index].first, *reader.seen()[index].second);
    }
  }
  return thrown;
}

Failure thrown_failure(Isolate& isolate, Local context, const TryCatch& caught) {
  // A termination has no exception to read; Isolate::failure_of tells why it happened.
  if (caught.has_terminated() || !caught.exception())
    return {Fault::kTerminated, "Execution was terminated", {}};
  return {Fault::kThrown, {}, capture_thrown(isolate, context, caught.exception(), caught.message())};
}

std::shared_ptr<Thrown> current_stack(Isolate& isolate, const char* message) {
  HandleScope handles(isolate.v8());
  TryCatch ignore(isolate.v8());
  Local context = v8abi::isolate_current_context(isolate.v8());
  Local text = v8abi::string_new_utf8(isolate.v8(), message, 0, -1);
  if (!context || !text) return nullptr;
  return capture_thrown(isolate, context, v8abi::exception_error(text, nullptr), nullptr);
}

namespace {

// In a context's embedder data; 0 is the inspector's.
constexpr std::pair<const char*, Thrown::Class> kRemembered[] = {
    {"EvalError", Thrown::Class::kEval},
    {"URIError", Thrown::Class::kUri},
    {"AggregateError", Thrown::Class::kAggregate}};

/// Makes the Error with its parts. Nothing of the context's users runs: classes are V8's own, properties are
/// defined, not set.
class Writer {
 public:
  Writer(Isolate& isolate, Local context) : isolate_(isolate), context_(context) {}

  Local write(const Thrown& thrown) {
    if (thrown.js_class == Thrown::Class::kNotAnError && thrown.primitive) {
      auto value = to_local(isolate_, context_, *thrown.primitive);
      if (auto* local = std::get_if<Local>(&value)) return *local;
    }
    Local message = new_string(isolate_, thrown.message);
    if (!message) message = string("");
    Local error = construct(thrown, message);
    if (class_named(thrown.name) == Thrown::Class::kError && thrown.name.units != "Error") {
      define(error, "name", new_string(isolate_, thrown.name));
    }
    if (thrown.cause) define(error, "cause", write(*thrown.cause));
    if (thrown.cause_value) define(error, "cause", value(*thrown.cause_value));
    if (thrown.code) define(error, "code", value(*thrown.code));
    return error;
  }

  Local string(const char* utf8) { return v8abi::string_new_utf8(isolate_.v8(), utf8, 0, -1); }

  void define(Local error, const char* name, Local value) {
    constexpr int kDontEnum = 2;
    TryCatch ignore(isolate_.v8());
    Local key = string(name);
    if (key && value) v8abi::object_define_own_property(error, context_, key, value, kDontEnum);
  }

 private:
  Local construct(const Thrown& thrown, Local message) {
    using Class = Thrown::Class;
    switch (thrown.js_class) {
      case Class::kType:
        return v8abi::exception_type_error(message, nullptr);
      case Class::kRange:
        return v8abi::exception_range_error(message, nullptr);
      case Class::kSyntax:
        return v8abi::exception_syntax_error(message, nullptr);
      case Class::kReference:
        return v8abi::exception_reference_error(message, nullptr);
      default:
        break;
    }
    Local made = remembered(thrown, message);
    return made ? made : v8abi::exception_error(message, nullptr);
  }

  Local remembered(const Thrown& thrown, Local message) {
    int index = 0;
    for (auto& [name, js_class] : kRemembered) {
      ++index;
      if (js_class != thrown.js_class) continue;
      TryCatch ignore(isolate_.v8());
      Local made_by = v8abi::context_embedder_data(context_, index);
      if (!made_by || !v8abi::value_is_function(made_by)) return nullptr;
      if (js_class != Thrown::Class::kAggregate)
        return v8abi::function_new_instance(made_by, context_, 1, &message);
      std::vector<Local> errors;
      for (auto& error : thrown.errors) errors.push_back(write(*error));
      Local arguments[] = {v8abi::array_new(isolate_.v8(), errors.data(), errors.size()), message};
      return v8abi::function_new_instance(made_by, context_, 2, arguments);
    }
    return nullptr;
  }

  Local value(const Value& from) {
    auto local = to_local(isolate_, context_, from);
    auto* made = std::get_if<Local>(&local);
    return made ? *made : nullptr;
  }

  Isolate& isolate_;
  Local context_;
};

}  // namespace

void remember_error_classes(Isolate& isolate, Local context) {
  TryCatch ignore(isolate.v8());
  Writer writer(isolate, context);
  Local global = v8abi::context_global(context);
  int index = 0;
  for (auto& [name, js_class] : kRemembered) {
    ++index;
    Local made_by = v8abi::object_get(global, context, writer.string(name));
    if (made_by) v8abi::context_set_embedder_data(context, index, made_by);
  }
}

namespace {

constexpr char kFrame[] = "\n    at ";

Local make_error(Writer& writer, const Failure& failure) {
  if (failure.thrown) return writer.write(*failure.thrown);
  Local message = writer.string(failure.message.c_str());
  if (!message) message = writer.string("");
  bool is_type_error = failure.fault == Fault::kTransfer || failure.fault == Fault::kValue;
  return is_type_error ? v8abi::exception_type_error(message, nullptr)
                       : v8abi::exception_error(message, nullptr);
}

/// The stack of what was thrown elsewhere; of a failure of ours, "Error: message".
Text stack_of(const Isolate& isolate, const Failure& failure) {
  if (!failure.thrown) {
    bool is_type_error = failure.fault == Fault::kTransfer || failure.fault == Fault::kValue;
    return Text::latin1((is_type_error ? "TypeError: " : "Error: ") + failure.message);
  }
  const Text& stack = failure.thrown->stack;
  bool hide = failure.thrown->of_default_isolate && isolate.default_isolate();
  return hide ? stack.until(stack.find(kFrame)) : stack;
}

}  // namespace

Local new_error(Isolate& isolate, Local context, const Failure& failure, const Text& caller_stack) {
  Writer writer(isolate, context);
  Local error = make_error(writer, failure);
  if (!error || !v8abi::value_is_object(error) || caller_stack.length() == 0) return error;
  Text stack = stack_of(isolate, failure);
  if (stack.length() == 0) return error;
  if (failure.thrown) stack.append(Text::latin1(std::string(kFrame) + "(<isolated-vm boundary>)"));
  stack.append(caller_stack.from(caller_stack.find(kFrame)));
  writer.define(error, "stack", new_string(isolate, stack));
  return error;
}

void throw_failure(Isolate& isolate, Local context, const Failure& failure) {
  auto here = current_stack(isolate, "");
  Local error = new_error(isolate, context, failure, here ? here->stack : Text{});
  if (error) v8abi::isolate_throw(isolate.v8(), error);
}

}  // namespace isolates::engine
