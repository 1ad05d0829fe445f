// How JavaScript sees what crosses as itself.
#pragma once
#include <optional>
#include <variant>

#include "engine/v8_scopes.h"
#include "engine/value.h"

namespace isolates::engine {

class Isolate;

/// Implemented in bind/ivm and set once, at import; before that there are no such objects. Both run inside
/// the isolate, in an entered context.
struct Face {
  /// A new object for it. Empty if V8 refuses, with or without an exception.
  Local (*to_object)(Isolate& isolate, Local context, const SharedTransferable& transferable);
  /// What an object stands for, if it is one of the face's; Failure if it is released or used up.
  std::optional<std::variant<Value, Failure>> (*from_object)(Isolate& isolate, Local object);

  static Face& instance() {
    static Face face{[](Isolate&, Local, const SharedTransferable&) -> Local { return nullptr; },
                     [](Isolate&, Local) -> std::optional<std::variant<Value, Failure>> { return {}; }};
    return face;
  }
};

}  // namespace isolates::engine
