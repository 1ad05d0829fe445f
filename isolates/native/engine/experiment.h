// Does V8 behave as the headers say that were written for it? Tried out in an isolate made for that.
#pragma once
#include <memory>

#include "engine/outcome.h"

namespace isolates::engine {

class Experiment : public Operation {
 public:
  bool passed = false;
};

bool passes(Experiment& experiment);
/// "`what` is not that of V8 ..."
[[noreturn]] void refuse_misfit(const char* what);

/// Throws Failure (kState) if it does not. Tried once.
template <class OneExperiment>
void check_by(const char* what) {
  static const bool passed = [] {
    OneExperiment experiment;
    return passes(experiment);
  }();
  if (!passed) refuse_misfit(what);
}

}  // namespace isolates::engine
