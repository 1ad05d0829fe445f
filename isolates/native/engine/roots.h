// undefined, null, true and false, which are the same objects in all isolates of a process.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::engine {

/// Found once, at import (abi_check.cpp), before any other use. Immortal and immovable: they lie in V8's
/// read-only heap, so a handle to them is any word that holds their address.
struct Roots {
  v8abi::Address undefined = 0;
  v8abi::Address null = 0;
  v8abi::Address true_value = 0;
  v8abi::Address false_value = 0;

  static Roots& instance() {
    static Roots roots;
    return roots;
  }
  v8abi::Local undefined_local() { return &undefined; }
  v8abi::Local null_local() { return &null; }
  v8abi::Local true_local() { return &true_value; }
  v8abi::Local false_local() { return &false_value; }
};

}  // namespace isolates::engine
