#include "engine/experiment.h"

#include "engine/isolate.h"

namespace isolates::engine {

bool passes(Experiment& experiment) {
  IsolateOptions options;
  options.memory_limit_bytes = 24 << 20;
  auto isolate = Isolate::make(std::move(options));
  isolate->run_here(experiment, {});
  isolate->dispose();
  return experiment.passed;
}

void refuse_misfit(const char* what) {
  throw Failure{Fault::kState,
                std::string(what) + " is not that of V8 " + v8abi::kVersion +
                    ", for which isolates is written: install mini-racer " + v8abi::kMiniRacerVersion,
                {}};
}

}  // namespace isolates::engine
