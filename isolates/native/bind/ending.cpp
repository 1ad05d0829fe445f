#include "bind/ending.h"

#include <algorithm>

namespace isolates::bind {

bool Ending::become(State state, engine::Outcome outcome) {
  std::shared_ptr<engine::Call> call;
  std::vector<std::pair<WatchId, Tell>> watchers;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (!is_pending()) return false;
    outcome_ = std::move(outcome);
    state_.store(state, std::memory_order_release);
    call.swap(call_);
    watchers.swap(watchers_);
  }
  for (auto& [id, tell] : watchers) tell();
  if (state == State::kCancelled && call) call->cancel();
  return true;
}

void Ending::end(engine::Outcome outcome) { become(State::kEnded, std::move(outcome)); }

bool Ending::cancel() {
  return become(State::kCancelled, engine::Value(engine::Undefined{})) || state() == State::kCancelled;
}

Ending::WatchId Ending::watch(Tell tell) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (!is_pending()) return 0;
  watchers_.emplace_back(++last_watch_, std::move(tell));
  return last_watch_;
}

void Ending::unwatch(WatchId id) {
  Tell dropped;
  std::lock_guard<std::mutex> guard(mutex_);
  auto same = [id](const auto& watcher) { return watcher.first == id; };
  auto found = std::find_if(watchers_.begin(), watchers_.end(), same);
  if (found == watchers_.end()) return;
  dropped = std::move(found->second);
  watchers_.erase(found);
}

}  // namespace isolates::bind
