#include "bind/clone_errors.h"

#include <pybind11/gil_safe_call_once.h>

#include <string>

#include "bind/clone_text.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr struct {
  const char* name;
  ErrorTag tag;
} kErrorClasses[] = {
    {"EvalError", ErrorTag::kEvalError},           {"RangeError", ErrorTag::kRangeError},
    {"ReferenceError", ErrorTag::kReferenceError}, {"SyntaxError", ErrorTag::kSyntaxError},
    {"TypeError", ErrorTag::kTypeError},           {"URIError", ErrorTag::kUriError},
};

PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> js_error_store;

bool is_js_error(py::handle exception) {
  const py::object& type = js_error_store
                               .call_once_and_store_result([]() -> py::object {
                                 return py::module_::import("isolates.errors").attr("JSError");
                               })
                               .get_stored();
  return py::isinstance(exception, type);
}

bool write_class(const std::string& name, WireWriter& out) {
  for (const auto& known : kErrorClasses) {
    if (name != known.name) continue;
    out.write_tag(known.tag);
    return true;
  }
  return false;
}

bool write_part(ErrorTag tag, py::handle text, WireWriter& out) {
  out.write_tag(tag);
  return write_text(text, out);
}

}  // namespace

py::object write_exception(py::handle exception, WireWriter& out, bool& fits) {
  py::handle type = py::type::handle_of(exception);
  py::str message(exception);
  py::object stack = py::str("{}: {}").format(type.attr("__name__"), message);
  py::object cause = exception.attr("__cause__");
  out.write_tag(Tag::kError);
  if (is_js_error(exception)) {
    write_class(py::cast<std::string>(py::str(exception.attr("name"))), out);
    stack = exception.attr("stack");
    cause = py::getattr(exception, "cause", py::none());
  } else {
    for (py::handle base : type.attr("__mro__")) {
      if (write_class(py::cast<std::string>(base.attr("__name__")), out)) break;
    }
  }
  fits = write_part(ErrorTag::kMessage, message, out);
  if (fits && PyUnicode_Check(stack.ptr())) fits = write_part(ErrorTag::kStack, stack, out);
  return cause.is_none() ? py::object() : cause;
}

}  // namespace isolates::bind
