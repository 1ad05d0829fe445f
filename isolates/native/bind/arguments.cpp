#include "bind/arguments.h"

#include <climits>
#include <cmath>
#include <cstring>

#include "bind/errors.h"
#include "engine/value.h"
#include "lib/process.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr double kLongestTimeout = 1e9;  // seconds; more is no timeout

std::string to_ascii(py::handle str) {
  return str.attr("encode")("ascii", "backslashreplace").cast<std::string>();
}

std::string short_repr(PyObject* object) {
  auto text = py::reinterpret_steal<py::object>(PyObject_Repr(object));
  if (!text) {
    PyErr_Clear();
    return Py_TYPE(object)->tp_name;
  }
  auto utf8 = to_ascii(text);
  return utf8.size() <= 100 ? utf8 : utf8.substr(0, 100) + "...";
}

}  // namespace

void refuse_forked_child() {
  if (!lib::is_forked_child()) return;
  throw std::runtime_error(
      "isolates can't be used in a process that was forked after `import isolates`; start processes with "
      "multiprocessing's \"spawn\" method (or \"forkserver\", after "
      "multiprocessing.set_forkserver_preload([]))");
}

Parameters::Parameters(const Signature& signature) {
  std::string all = signature.parameters;
  bool keyword_only = false;
  for (size_t start = 0; start < all.size();) {
    size_t end = std::min(all.find(", ", start), all.size());
    std::string part = all.substr(start, end - start);
    start = end + 2;
    if (part == "*") {
      keyword_only = true;
      continue;
    }
    size_t equals = part.find('=');
    texts_[count_] = part.substr(0, equals);
    names_[count_] = PyUnicode_InternFromString(texts_[count_].c_str());
    ++count_;
    if (!keyword_only) positional_ = count_;
    if (equals == std::string::npos) required_ = count_;
  }
}

size_t Parameters::index_of(const char* name, size_t among) const {
  for (size_t index = 0; index < among; ++index) {
    const char* text = texts_[index].c_str();
    if (*text == *name && std::strcmp(text, name) == 0) return index;
  }
  return Signature::kMost;
}

size_t Parameters::index_of(PyObject* name) const {
  for (size_t index = 0; index < count_; ++index) {
    if (names_[index] == name) return index;  // interned, as keywords in code are
  }
  for (size_t index = 0; index < count_; ++index) {
    if (PyUnicode_CompareWithASCIIString(name, texts_[index].c_str()) == 0) return index;
  }
  return Signature::kMost;
}

void Parameters::parse(Arguments& into, PyObject* const* values, Py_ssize_t positional,
                       PyObject* keywords) const {
  auto given = static_cast<size_t>(positional);
  if (given > positional_) {
    throw py::type_error(std::string("`") + into.method_ + "` takes at most " + std::to_string(positional_) +
                         " positional argument" + (positional_ == 1 ? "" : "s") + ", not " +
                         std::to_string(given));
  }
  std::copy(values, values + given, into.values_.begin());
  into.given_ = given;
  Py_ssize_t keyword_count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
  for (Py_ssize_t index = 0; index < keyword_count; ++index) {
    PyObject* name = PyTuple_GET_ITEM(keywords, index);
    size_t parameter = index_of(name);
    if (parameter == Signature::kMost) {
      throw py::type_error(std::string("`") + into.method_ + "` has no parameter `" + to_ascii(name) + "`");
    }
    if (into.values_[parameter]) {
      throw py::type_error(std::string("`") + into.method_ + "` got `" + to_ascii(name) + "` twice");
    }
    into.values_[parameter] = values[positional + index];
    into.given_ = std::max(into.given_, parameter + 1);
  }
  for (size_t index = 0; index < required_; ++index) {
    if (!into.values_[index]) {
      throw py::type_error(std::string("`") + into.method_ + "` requires `" + texts_[index] + "`");
    }
  }
}

PyObject* Arguments::get(const char* name) const {
  size_t index = parameters_.index_of(name, given_);
  return index == Signature::kMost ? nullptr : values_[index];
}

PyObject* Arguments::str(const char* name) const {
  PyObject* given = get(name);
  if (!PyUnicode_Check(given)) refuse_type(name, "a str", given);
  return given;
}

TextOfStr Arguments::text(const char* name) const {
  PyObject* given = get(name);
  if (!given || given == Py_None) return {};
  if (!PyUnicode_Check(given)) refuse_type(name, "a str", given);
  return TextOfStr(given);
}

bool Arguments::flag(const char* name) const {
  PyObject* given = get(name);
  if (!given) return false;
  if (!PyBool_Check(given)) refuse_type(name, "a bool", given);
  return given == Py_True;
}

int Arguments::offset(const char* name) const {
  PyObject* given = get(name);
  return given ? offset(name, given) : 0;
}

int Arguments::offset(const char* name, PyObject* given) const {
  if (!PyLong_Check(given) || PyBool_Check(given)) refuse_type(name, "an int", given);
  int overflow = 0;
  long long value = PyLong_AsLongLongAndOverflow(given, &overflow);
  if (overflow != 0 || value < 0 || value > INT_MAX / 2) refuse_value(name, "an int from 0 to 2^30", given);
  return static_cast<int>(value);
}

PyObject* Arguments::list_or_tuple(const char* name) const {
  PyObject* given = get(name);
  if (!given || given == Py_None) return nullptr;
  if (!PyList_Check(given) && !PyTuple_Check(given)) refuse_type(name, "a list or tuple", given);
  return given;
}

py::tuple Arguments::sequence(const char* name) const {
  PyObject* given = list_or_tuple(name);
  return given ? py::tuple(py::reinterpret_borrow<py::object>(given)) : py::tuple();
}

engine::RunLimits Arguments::timeout(const char* name) const {
  PyObject* given = get(name);
  if (!given || given == Py_None) return {};
  if ((!PyFloat_Check(given) && !PyLong_Check(given)) || PyBool_Check(given)) {
    refuse_type(name, "a number of seconds or None", given);
  }
  double seconds = PyFloat_AsDouble(given);
  if (seconds == -1 && PyErr_Occurred()) PyErr_Clear();
  if (!(seconds > 0)) refuse_value(name, "a positive number of seconds", given);
  if (seconds > kLongestTimeout) return {};
  return {std::max<int64_t>(1, static_cast<int64_t>(seconds * 1e9))};
}

engine::Crossing Arguments::crossing(engine::Crossing::Fallback fallback) const {
  engine::Crossing crossing;
  crossing.fallback = fallback;
  if (!parameters_.has_options(given_)) return crossing;  // most calls: seven names need not be looked for
  bool copy = flag("copy"), reference = flag("reference"), external_copy = flag("external_copy");
  if (copy + reference + external_copy > 1)
    raise({engine::Fault::kTransfer, "Only one of `copy`, `externalCopy`, or `reference` may be set", {}});
  if (copy) crossing.how = engine::Crossing::How::kCopy;
  if (reference) crossing.how = engine::Crossing::How::kReference;
  if (external_copy) crossing.how = engine::Crossing::How::kExternalCopy;
  crossing.repl = flag("repl");
  crossing.promise = flag("promise") || crossing.repl;
  return crossing;
}

void Arguments::refuse_type(const char* name, const char* wanted, PyObject* given) const {
  throw py::type_error(std::string("`") + method_ + "` requires `" + name + "` to be " + wanted + ", not " +
                       Py_TYPE(given)->tp_name);
}

void Arguments::refuse_value(const char* name, const char* wanted, PyObject* given) const {
  throw py::value_error(std::string("`") + method_ + "` requires `" + name + "` to be " + wanted + ", not " +
                        short_repr(given));
}

GivenToInit::GivenToInit(const py::args& args, const py::kwargs& keywords)
    : positional(static_cast<Py_ssize_t>(args.size())) {
  for (py::handle value : args) values.push_back(value.ptr());
  py::list all;
  for (auto& [name, value] : keywords) {
    all.append(name);
    values.push_back(value.ptr());
  }
  names = py::tuple(all);
}

PyObject* call_method(const Signature& signature, const Parameters& parameters, Method method, PyObject* self,
                      PyObject* const* values, Py_ssize_t count, PyObject* keywords) {
  try {
    refuse_forked_child();
    Arguments arguments(signature.method, parameters);
    parameters.parse(arguments, values, count, keywords);
    return method(self, arguments).release().ptr();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (py::builtin_exception& error) {
    error.set_error();
  } catch (std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

void install_method(py::handle type, const Signature& signature, PyMethodDef& definition, Binding binding) {
  bool is_static = binding == Binding::kStatic;
  const char* dot = std::strchr(signature.method, '.');
  std::string parameters = signature.parameters;
  std::string self = is_static ? "" : parameters.empty() ? "$self" : "$self, ";
  // CPython reads the signature for help() off the doc's first line.
  auto* doc = new std::string(std::string(dot + 1) + "(" + self + parameters + ")\n--\n\n" + signature.doc);
  definition.ml_name = dot + 1;
  definition.ml_doc = doc->c_str();
  auto descriptor = py::reinterpret_steal<py::object>(
      is_static
          ? PyStaticMethod_New(py::reinterpret_steal<py::object>(PyCFunction_New(&definition, nullptr)).ptr())
          : PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &definition));
  if (!descriptor) throw py::error_already_set();
  py::setattr(type, dot + 1, descriptor);
}

}  // namespace isolates::bind
