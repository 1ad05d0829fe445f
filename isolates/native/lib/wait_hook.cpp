#include "lib/wait_hook.h"

#include <utility>

namespace isolates::lib {
namespace {

thread_local WaitHook* innermost = nullptr;

}  // namespace

WaitHook::WaitHook(std::function<void()> action) : action_(std::move(action)), outer_(innermost) {
  innermost = this;
}

WaitHook::~WaitHook() { innermost = outer_; }

void WaitHook::run_all() {
  for (WaitHook* hook = innermost; hook; hook = hook->outer_) hook->action_();
}

}  // namespace isolates::lib
