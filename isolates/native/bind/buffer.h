// An argument that gives bytes: by Python's buffer protocol.
#pragma once
#include <pybind11/pybind11.h>

#include "bind/arguments.h"

namespace isolates::bind {

/// The bytes of an argument while this lives; none if it was not given or is None. The GIL is held.
class BufferArgument {
 public:
  BufferArgument(const Arguments& arguments, const char* name);
  ~BufferArgument() {
    if (is_given_) PyBuffer_Release(&buffer_);
  }
  BufferArgument(const BufferArgument&) = delete;
  BufferArgument& operator=(const BufferArgument&) = delete;

  explicit operator bool() const { return is_given_; }
  const char* data() const { return static_cast<const char*>(buffer_.buf); }
  size_t size() const { return static_cast<size_t>(buffer_.len); }

 private:
  Py_buffer buffer_{};
  bool is_given_ = false;
};

}  // namespace isolates::bind
