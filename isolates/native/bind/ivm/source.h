// Source text and its origin, out of arguments.
#pragma once
#include "bind/ivm/arguments.h"
#include "engine/script.h"

namespace isolates::bind::ivm {

/// Read at once, as reading options may run JavaScript.
class SourceArguments {
 public:
  SourceArguments(const Arguments& arguments, int code, int options)
      : SourceArguments(arguments.text(code), arguments.options(options)) {}
  SourceArguments(engine::Text code, const Options& origin)
      : code_(std::move(code)), filename_(origin.text("filename")) {
    source_.line_offset = origin.offset("lineOffset");
    source_.column_offset = origin.offset("columnOffset");
    source_.code = code_;
    source_.filename = filename_;
  }
  SourceArguments(const SourceArguments&) = delete;
  SourceArguments& operator=(const SourceArguments&) = delete;

  /// Once.
  engine::Source take() {
    source_.own(std::move(code_), std::move(filename_));
    return std::move(source_);
  }

 private:
  engine::Text code_;
  engine::Text filename_;
  engine::Source source_;
};

}  // namespace isolates::bind::ivm
