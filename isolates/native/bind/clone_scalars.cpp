#include "bind/clone_scalars.h"

#include <datetime.h>
#include <pybind11/gil_safe_call_once.h>

#include <cmath>
#include <cstdio>

namespace py = pybind11;

namespace isolates::bind {
namespace {

constexpr double kMaxDateMs = 8.64e15;  // ECMAScript's range of dates
constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kMaxBigIntBytes = (size_t{1} << 30) / 8;  // V8's limit

PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> epoch_store;

const py::object& epoch() {
  return epoch_store
      .call_once_and_store_result([] {
        PyDateTime_IMPORT;
        if (PyDateTimeAPI == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(PyDateTimeAPI->DateTime_FromDateAndTime(
            1970, 1, 1, 0, 0, 0, 0, PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType));
      })
      .get_stored();
}

py::handle int_type() { return reinterpret_cast<PyObject*>(&PyLong_Type); }

void write_bigint(py::handle value, size_t bit_length, WireWriter& out) {
  bool negative = py::cast<bool>(value.attr("__lt__")(0));
  // V8 writes whole 64-bit digits.
  size_t size = (bit_length + 63) / 64 * 8;
  py::bytes digits = value.attr("__abs__")().attr("to_bytes")(size, "little");
  out.write_tag(Tag::kBigInt);
  out.write_varint(static_cast<uint32_t>(size << 1) | (negative ? 1U : 0U));
  out.write_bytes(PyBytes_AS_STRING(digits.ptr()), size);
}

}  // namespace

py::object number_object(double value) {
  constexpr auto kLimit = static_cast<double>(kMaxExactInteger);
  bool integral = value >= -kLimit && value <= kLimit && std::trunc(value) == value;
  if (!integral || (value == 0 && std::signbit(value))) return py::float_(value);
  return py::int_(static_cast<int64_t>(value));
}

py::object number_key(double value, const WireReader& in) {
  // V8 names only array indices and other integers this way.
  if (!(std::fabs(value) <= static_cast<double>(kMaxExactInteger)) || std::trunc(value) != value) {
    in.malformed("a property's name is no integer");
  }
  return py::str(std::to_string(static_cast<int64_t>(value)));
}

py::object read_bigint(WireReader& in) {
  uint32_t header = in.read_varint();
  bool negative = (header & 1) != 0;
  size_t size = header >> 1;
  const uint8_t* digits = in.read_bytes(size);
  py::object value =
      int_type().attr("from_bytes")(py::bytes(reinterpret_cast<const char*>(digits), size), "little");
  return negative ? py::object(value.attr("__neg__")()) : value;
}

bool write_int(py::handle value, WireWriter& out) {
  int overflow = 0;
  long long small = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (small == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (overflow == 0 && small >= INT32_MIN && small <= INT32_MAX) {
    out.write_tag(Tag::kInt32);
    out.write_zigzag(static_cast<int32_t>(small));
    return true;
  }
  if (overflow == 0 && small >= -kMaxExactInteger && small <= kMaxExactInteger) {
    out.write_tag(Tag::kDouble);
    out.write_double(static_cast<double>(small));
    return true;
  }
  // A subclass may override anything; the value is what int says it is.
  py::object plain = int_type().attr("__index__")(value);
  auto bit_length = py::cast<size_t>(plain.attr("bit_length")());
  if (bit_length > kMaxBigIntBytes * 8) return false;
  write_bigint(plain, bit_length, out);
  return true;
}

py::object date_object(double ms) {
  if (!(std::fabs(ms) <= kMaxDateMs)) return py::object();
  auto whole = static_cast<int64_t>(std::floor(ms));
  int64_t day = whole / kDayMs - (whole % kDayMs < 0 ? 1 : 0);
  int64_t rest = whole - day * kDayMs;
  const py::object& start = epoch();
  auto delta = py::reinterpret_steal<py::object>(PyDelta_FromDSU(
      static_cast<int>(day), static_cast<int>(rest / 1000), static_cast<int>(rest % 1000 * 1000)));
  if (!delta) throw py::error_already_set();
  auto date = py::reinterpret_steal<py::object>(PyNumber_Add(start.ptr(), delta.ptr()));
  if (date) return date;
  if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0) throw py::error_already_set();
  PyErr_Clear();
  return py::object();
}

bool is_datetime(py::handle value) {
  epoch();
  return PyDateTime_Check(value.ptr());
}

bool datetime_to_ms(py::handle value, double& ms) {
  if (value.attr("utcoffset")().is_none()) return false;
  auto delta = py::reinterpret_steal<py::object>(PyNumber_Subtract(value.ptr(), epoch().ptr()));
  if (!delta) throw py::error_already_set();
  if (!PyDelta_Check(delta.ptr())) return false;
  int64_t seconds =
      int64_t{PyDateTime_DELTA_GET_DAYS(delta.ptr())} * 86'400 + PyDateTime_DELTA_GET_SECONDS(delta.ptr());
  ms = static_cast<double>(seconds * 1000 + PyDateTime_DELTA_GET_MICROSECONDS(delta.ptr()) / 1000);
  return true;
}

py::object regexp_text(const py::object& source, uint32_t flags) {
  // By bit; JavaScript spells flags in alphabetical order. The seventh bit is V8's own (linear time).
  static constexpr struct {
    uint32_t bit;
    char letter;
  } kFlags[] = {{128, 'd'}, {1, 'g'},  {2, 'i'},   {64, 'l'}, {4, 'm'},
                {32, 's'},  {16, 'u'}, {256, 'v'}, {8, 'y'}};
  std::string letters = "/";
  for (auto flag : kFlags) {
    if ((flags & flag.bit) != 0) letters += flag.letter;
  }
  return py::str("/") + source + py::str(letters);
}

}  // namespace isolates::bind
