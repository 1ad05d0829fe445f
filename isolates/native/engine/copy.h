// Copy: a value outside any isolate, in V8's structured-clone format.
#pragma once
#include <cstdlib>
#include <memory>
#include <variant>
#include <vector>

#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

/// Immutable. Any thread. The binding reads and writes the same bytes for the host (bind/clone_*.h).
class Copy {
 public:
  /// Inside the isolate: getters of the value run, as structured clone demands. Failure if something in it
  /// can't be cloned, or if the bytes do not fit the isolate's memory limit.
  static std::variant<std::shared_ptr<const Copy>, Failure> of(Isolate& isolate, Local context, Local value);
  /// Of bytes that the host has written.
  static std::shared_ptr<const Copy> of_bytes(std::vector<uint8_t> bytes, std::vector<Value> host_objects);

  std::variant<Local, Failure> to_local(Isolate& isolate, Local context) const;

  const uint8_t* data() const { return memory_ ? memory_.get() : bytes_.data(); }
  size_t size() const { return memory_ ? memory_size_ : bytes_.size(); }
  /// What the bytes refer to by index as host objects.
  const std::vector<Value>& host_objects() const { return host_objects_; }

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> memory_;  // from V8's serializer,
  size_t memory_size_ = 0;
  std::vector<uint8_t> bytes_;  // or from the host
  std::vector<Value> host_objects_;
};

}  // namespace isolates::engine
