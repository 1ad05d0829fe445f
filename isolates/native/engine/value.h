// What crosses between isolates and the host: data of its own, never a V8 handle, never a Python object.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/transferable.h"

namespace isolates::engine {

class Copy;
class ExternalCopy;
class Isolate;
class Reference;
class RemoteHandle;

/// A string of JavaScript: Latin-1 or UTF-16 code units, lone surrogates included.
struct Text {
  bool two_byte = false;
  std::string units;  // raw: one or two bytes each

  size_t length() const { return two_byte ? units.size() / 2 : units.size(); }
  void append(const Text& more);
  /// The part from `start` on, in code units.
  Text from(size_t start) const;
  Text until(size_t end) const;
  /// Where `ascii` begins first; length() if it does not occur.
  size_t find(const std::string& ascii) const;
  static Text latin1(std::string units) { return {false, std::move(units)}; }
};

/// A Text that somebody else owns for the duration of a call.
struct TextView {
  const void* data = nullptr;
  size_t length = 0;
  bool two_byte = false;

  TextView() = default;
  TextView(const void* data, size_t length, bool two_byte) : data(data), length(length), two_byte(two_byte) {}
  TextView(const Text& text)
      : data(text.units.data()), length(text.length()), two_byte(text.two_byte) {}  // NOLINT
  size_t size_bytes() const { return two_byte ? length * 2 : length; }
  Text to_text() const { return {two_byte, std::string(static_cast<const char*>(data), size_bytes())}; }
};

struct Undefined {};
struct Null {};
struct BigInt {
  bool negative = false;
  std::vector<uint64_t> words;  // magnitude, lowest first
};
/// Becomes, in its own isolate, the value that the reference points to.
struct Dereference {
  std::shared_ptr<const Reference> reference;
};

/// Becomes a copy of the value that an ExternalCopy has.
struct CopyInto {
  std::shared_ptr<const ExternalCopy> copy;
  bool transfer_in;
};

using Value = std::variant<Undefined, Null, bool, double, Text, BigInt, std::shared_ptr<const Copy>,
                           SharedTransferable, Dereference, CopyInto>;

/// What an exception of JavaScript tells, read without running any code of its owner.
struct Thrown {
  enum class Class : uint8_t {
    kError,
    kEval,
    kRange,
    kReference,
    kSyntax,
    kType,
    kUri,
    kAggregate,
    kNotAnError
  };
  Class js_class = Class::kError;
  Text name;
  Text message;
  Text stack;
  std::shared_ptr<Thrown> cause;                // an Error as cause
  std::shared_ptr<const Value> cause_value;     // a primitive as cause
  std::shared_ptr<const Value> code;            // `code`, if primitive
  std::vector<std::shared_ptr<Thrown>> errors;  // of an AggregateError
  std::shared_ptr<const Value> primitive;       // kNotAnError: what was thrown, if transferable
  bool of_default_isolate = false;              // the stack names files of the host
  Text filename;                                // where it was thrown, as far as V8 knows
  Text source_line;
  int line = 0;  // 1-based; 0 is unknown
  int column = 0;
  Text label;    // of a supervised isolate (supervision.h): what people call the error, and
  Text details;  // what else there is to see of it, or of a value that is no error
  std::shared_ptr<void> host_exception;  // the host's own, while it has not crossed into JavaScript
};

enum class Fault : uint8_t {
  kThrown,        // JavaScript threw
  kDisposed,      // the isolate was disposed by its owner
  kReleased,      // the handle was released
  kTimeout,       // time was up
  kTerminated,    // terminate()
  kCancelled,     // the call was cancelled
  kInterrupted,   // Ctrl-C
  kMemory,        // the isolate died: memory limit
  kBudget,        // the isolate died or was refused: V8's heap is full
  kUnresponsive,  // the isolate was given up: it did not stop
  kCatastrophe,   // the isolate died: V8 gave up
  kAbandoned,     // a promise that can't settle any more
  kTransfer,      // the value can't cross
  kValue,         // an argument's value is wrong
  kState,         // the call is not possible now
};

struct Failure {
  Fault fault;
  std::string message;  // UTF-8
  std::shared_ptr<Thrown> thrown;
};

}  // namespace isolates::engine
