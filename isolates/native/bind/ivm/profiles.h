// isolate.startCpuProfiler() and stopCpuProfiler(), as JavaScript sees them.
#pragma once
#include <memory>

#include "bind/ivm/call.h"

namespace isolates::bind::ivm {

void start_cpu_profiler(const Arguments& arguments, const std::shared_ptr<Isolate>& target);
/// [{threadId, profile}], one for each stretch of time that a thread has spent inside.
void stop_cpu_profiler(const Arguments& arguments, Form form, const std::shared_ptr<Isolate>& target);

}  // namespace isolates::bind::ivm
