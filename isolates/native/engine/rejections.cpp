#include "engine/rejections.h"

#include <iterator>
#include <string>
#include <utility>

#include "engine/held_memory.h"
#include "engine/isolate.h"
#include "engine/supervision.h"
#include "engine/thrown_place.h"
#include "engine/v8_abi_program.h"
#include "engine/v8_abi_rejections.h"

namespace isolates::engine {
namespace {

// Of those that one run leaves behind, where a hook is told that may be slow while the clock rests.
constexpr size_t kMostTold = 100;
// Their texts together: each may quote one string of megabytes.
constexpr size_t kMostBytesTold = 32 << 20;

Failure more_rejections(size_t count, bool is_about) {
  std::string text = is_about ? "about " : "";
  text += std::to_string(count);
  text += count == 1 ? " more promise was rejected and nobody handled it"
                     : " more promises were rejected and nobody handled it";
  auto thrown = std::make_shared<Thrown>();
  thrown->name = Text::latin1("Error");
  thrown->message = Text::latin1(text);
  return {Fault::kThrown, {}, std::move(thrown)};
}

}  // namespace

void Rejection::free() const {
  v8abi::global_delete(promise);
  v8abi::global_delete(reason);
  if (message) v8abi::global_delete(message);
}

void Rejections::keep(const Rejection& rejection) {
  kept_.push_back(rejection);
  by_hash_.emplace(v8abi::object_identity_hash(rejection.promise), std::prev(kept_.end()));
}

void Rejections::count(Mark mark) {
  if (counted_++ == 0) counted_mark_ = mark;
}

void Rejections::forget(Local promise) {
  if (kept_.empty() && counted_ == 0) return;
  auto [first, last] = by_hash_.equal_range(v8abi::object_identity_hash(promise));
  auto is_it = [&](auto& entry) { return *entry.second->promise == *promise; };
  auto found = std::find_if(first, last, is_it);
  if (found == last) {
    if (counted_ > 0) ++handled_;
    return;
  }
  found->second->free();
  kept_.erase(found->second);
  by_hash_.erase(found);
}

void Rejections::put_before(Rejections earlier) {
  kept_.splice(kept_.begin(), earlier.kept_);
  by_hash_.merge(earlier.by_hash_);
  if (earlier.counted_ > 0) counted_mark_ = earlier.counted_mark_;
  counted_ += earlier.counted_;
  handled_ += earlier.handled_;
}

void Rejections::clear() {
  for (auto& rejection : kept_) rejection.free();
  *this = {};
}

void Isolate::on_promise_reject(v8abi::PromiseRejectMessage message) {
  Isolate& self = current(nullptr);
  auto& all = self.unhandled_rejections_;
  if (message.event == v8abi::kPromiseHandlerAddedAfterReject) return all.forget(message.promise);
  if (message.event != v8abi::kPromiseRejectWithNoHandler) return;
  if (all.is_full()) return all.count(mark_of(self));
  Local reason = message.value ? message.value : message.promise;
  Local place = thrown_place(self, reason);
  all.keep({v8abi::global_new(self.v8_, *message.promise), v8abi::global_new(self.v8_, *reason),
            place ? v8abi::global_new(self.v8_, *place) : nullptr, mark_of(self)});
}

void Isolate::forget_rejection(Local promise) { unhandled_rejections_.forget(promise); }

void Isolate::tell_rejection(Failure failure, Mark mark, std::shared_ptr<HeldMemory> held) {
  if (supervision_) {
    defer([tell = supervision_->on_rejection, failure = std::move(failure), mark, held = std::move(held)] {
      tell(failure, mark);
    });
  } else if (options_.hooks.on_unhandled_rejection) {
    defer([self = shared_from_this(), failure = std::move(failure), held = std::move(held)] {
      self->options_.hooks.on_unhandled_rejection(failure);
    });
  }
}

/// A rejection that nobody handles fails the call that caused it, or is told to the isolate's owner.
Outcome Isolate::tell_rejections(Outcome outcome) {
  Rejections rejections = std::exchange(unhandled_rejections_, {});
  bool is_call = runs_ && !supervision_ && !std::holds_alternative<Failure>(outcome);
  const size_t most = supervision_ ? Rejections::kMostKept : kMostTold;
  size_t told = 0;
  size_t bytes = 0;
  size_t more = rejections.more();
  Mark mark_of_more = rejections.mark_of_more();
  auto leave_out = [&](const Rejection& rejection) {
    if (more++ == 0) mark_of_more = rejection.mark;
  };
  for (auto& rejection : rejections.kept()) {
    // By JavaScript of another thread, perhaps, which looks for its own only.
    if (v8abi::promise_has_handler(rejection.promise)) continue;
    if (!is_call && (told == most || bytes > kMostBytesTold)) {
      leave_out(rejection);
      continue;
    }
    HandleScope handles(v8_);
    Local context = default_context();
    EnteredContext entered(context);
    Failure failure = rejected_with(*this, context, rejection.reason, rejection.message);
    if (is_call) {
      outcome = std::move(failure);
      is_call = false;
      continue;
    }
    // Who is told may be slower than the isolate, which has the next run meanwhile.
    Holding holding;
    holding.add(*failure.thrown);
    bytes += holding.bytes;
    auto held = HeldMemory::take(*this, holding);
    if (!held && told > 0) {
      leave_out(rejection);
      bytes = kMostBytesTold + 1;
      continue;
    }
    ++told;
    tell_rejection(std::move(failure), rejection.mark, std::move(held));
  }
  if (more > 0) {
    Failure failure = more_rejections(more, rejections.is_about());
    if (is_call) {
      outcome = std::move(failure);
    } else {
      tell_rejection(std::move(failure), mark_of_more, nullptr);
    }
  }
  rejections.clear();
  return outcome;
}

}  // namespace isolates::engine
