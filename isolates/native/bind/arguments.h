// Methods and their arguments: parsed by name, refused with a sentence that names the method and the
// parameter.
#pragma once
#include <pybind11/pybind11.h>

#include <array>
#include <string>
#include <vector>

#include "bind/text.h"
#include "engine/convert.h"
#include "engine/run.h"

namespace isolates::bind {

class Parameters;

struct Signature {
  static constexpr size_t kMost = 12;  // parameters
  const char* method;                  // "Context.eval_sync"
  const char* parameters;              // "code, *, timeout=None": those before "*" may be positional
  const char* doc;
};

/// What a call has given. Borrowed: valid while the call lasts.
class Arguments {
 public:
  Arguments(const char* method, const Parameters& parameters) : method_(method), parameters_(parameters) {}

  const char* method() const { return method_; }
  /// Null if it was not given, or if the method has no such parameter.
  PyObject* get(const char* name) const;

  PyObject* str(const char* name) const;   // required
  TextOfStr text(const char* name) const;  // empty if not given
  bool flag(const char* name) const;
  int offset(const char* name) const;
  int offset(const char* name, PyObject* given) const;  // of an item inside a parameter
  /// A copy of a list or tuple, as converting its items may run code that changes it; empty if not given.
  pybind11::tuple sequence(const char* name) const;
  /// A list or tuple; null if not given.
  PyObject* list_or_tuple(const char* name) const;
  engine::RunLimits timeout(const char* name = "timeout") const;
  /// By copy, external_copy, reference, promise and repl, as far as the method has them.
  engine::Crossing crossing(engine::Crossing::Fallback fallback) const;

  [[noreturn]] void refuse_type(const char* name, const char* wanted, PyObject* given) const;
  [[noreturn]] void refuse_value(const char* name, const char* wanted, PyObject* given) const;

 private:
  friend class Parameters;
  const char* method_;
  const Parameters& parameters_;
  size_t given_ = 0;  // no parameter from here on was given
  std::array<PyObject*, Signature::kMost> values_{};
};

/// The parameters of one method, parsed from its signature once.
class Parameters {
 public:
  explicit Parameters(const Signature& signature);
  void parse(Arguments& into, PyObject* const* values, Py_ssize_t positional, PyObject* keywords) const;
  size_t index_of(const char* name, size_t among) const;  // kMost if it is not among the first
  /// Whether one that can be given by its name only may be among the first.
  bool has_options(size_t among) const { return among > positional_; }

 private:
  size_t index_of(PyObject* name) const;

  std::array<PyObject*, Signature::kMost> names_{};  // interned
  std::array<std::string, Signature::kMost> texts_;
  size_t count_ = 0;
  size_t positional_ = 0;
  size_t required_ = 0;
};

using Method = pybind11::object (*)(PyObject* self, const Arguments& arguments);

/// Calls it and turns C++ exceptions into Python's; null with the exception set.
PyObject* call_method(const Signature& signature, const Parameters& parameters, Method method, PyObject* self,
                      PyObject* const* values, Py_ssize_t count, PyObject* keywords);
enum class Binding { kInstance, kStatic };
void install_method(pybind11::handle type, const Signature& signature, PyMethodDef& definition,
                    Binding binding);

/// Raises RuntimeError in a process that was forked after import.
void refuse_forked_child();

/// What a constructor got, as METH_FASTCALL would give it.
struct GivenToInit {
  GivenToInit(const pybind11::args& args, const pybind11::kwargs& keywords);
  std::vector<PyObject*> values;
  Py_ssize_t positional;
  pybind11::tuple names;
};

/// Adds a method to a class made by pybind11, by CPython's fast calling convention. Measured with eight
/// keyword options: 0.02 µs for a call, where pybind11's own dispatch takes 0.20, of 1.7 for
/// `eval_sync("1+1")` as a whole.
template <const Signature& signature, Method method, Binding binding = Binding::kInstance>
void add_method(pybind11::handle type) {
  static PyMethodDef definition{};
  _PyCFunctionFastWithKeywords call = [](PyObject* self, PyObject* const* values, Py_ssize_t count,
                                         PyObject* keywords) {
    static const Parameters& parameters = *new Parameters(signature);
    return call_method(signature, parameters, method, self, values, count, keywords);
  };
  definition.ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call));
  definition.ml_flags = METH_FASTCALL | METH_KEYWORDS;
  install_method(type, signature, definition, binding);
}

/// Adds the constructor of a class whose instances hold a T.
template <class T, const Signature& signature, T (*make)(const Arguments& arguments)>
void add_init(pybind11::class_<T>& type) {
  type.def(pybind11::init([](const pybind11::args& positional, const pybind11::kwargs& keywords) {
             static const Parameters& parameters = *new Parameters(signature);
             refuse_forked_child();
             Arguments arguments(signature.method, parameters);
             GivenToInit given(positional, keywords);
             parameters.parse(arguments, given.values.data(), given.positional, given.names.ptr());
             return make(arguments);
           }),
           "See the class.");
}

using Getter = pybind11::object (*)(PyObject* self);

/// Adds a read-only property.
template <Getter getter>
void add_property(pybind11::object& type, const char* name, const char* doc) {
  auto get = pybind11::cpp_function([](const pybind11::object& self) { return getter(self.ptr()); });
  auto property =
      pybind11::reinterpret_borrow<pybind11::object>(reinterpret_cast<PyObject*>(&PyProperty_Type));
  pybind11::setattr(type, name, property(get, pybind11::none(), pybind11::none(), doc));
}

/// The C++ object inside an instance of a class made by pybind11, which Python's descriptor has checked.
template <class T>
T& self_as(PyObject* self) {
  void* it = reinterpret_cast<pybind11::detail::instance*>(self)->simple_value_holder[0];
  if (!it) throw pybind11::type_error("the object's __init__ was not called");
  return *static_cast<T*>(it);
}

}  // namespace isolates::bind
