// What a host that shows errors to people (the kernel) asks of an isolate beyond its results.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "engine/outcome.h"
#include "engine/reference.h"

namespace isolates::engine {

/// Of one isolate; touched inside only.
struct Supervision {
  using OnRejection = std::function<void(const Failure&, Mark)>;

  Local explain = nullptr;  // globals, which die with the heap
  Local show = nullptr;
  OnRejection on_rejection;
  Local thrown = nullptr;  // globals: thrown_place.h
  Local thrown_message = nullptr;
};

/// Asks the explainer about a thrown value, and writes what it says into `thrown`. Runs code of the
/// isolate's, whatever that throws is ignored. Nothing if the isolate is not supervised.
void explain(Isolate& isolate, Local context, Local value, Thrown& thrown);

/// The text that shows a primitive; nothing for an object, and where nobody shows.
std::optional<Text> show(Isolate& isolate, Local context, Local value);

/// Stops what runs, as cancelled, if the JavaScript that is running at the next safe point has this mark:
/// what a call has left behind that was cancelled while it waited. Any thread; nothing if nothing runs.
void stop_marked(Isolate& isolate, Mark mark);

/// From now on rejections that nobody handles fail no call but are told to `on_rejection` (as a hook), and
/// what is thrown is explained: `explain` is a function of the isolate's, from a value that was thrown to
/// {name, text, message}, the last for errors without a text of their own; `show` is one from a primitive to
/// its text. The size of the heap is kept at the end of each run (Isolate::known_bytes). The last operation
/// in an isolate counts: a context that the host gives up must not be kept for its explainer.
class SuperviseOperation final : public Operation {
 public:
  SuperviseOperation(std::shared_ptr<const Reference> explain, std::shared_ptr<const Reference> show,
                     Supervision::OnRejection on_rejection)
      : explain_(std::move(explain)), show_(std::move(show)), on_rejection_(std::move(on_rejection)) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<const Reference> explain_;
  const std::shared_ptr<const Reference> show_;
  Supervision::OnRejection on_rejection_;
};

}  // namespace isolates::engine
