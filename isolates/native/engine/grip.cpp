#include "engine/grip.h"

#include "engine/isolate.h"
#include "engine/references.h"
#include "engine/remote_handle.h"

namespace isolates::engine {
namespace {

std::shared_ptr<Grips> grips_of(const Transferable& held) {
  const RemoteHandle* handle = remote_of(held);
  return handle ? handle->isolate()->grips() : nullptr;
}

}  // namespace

Grip::Grip(SharedTransferable held, Holder holder, std::weak_ptr<Isolate> isolate)
    : held_(std::move(held)), grips_(grips_of(*held_)), holder_(holder), isolate_(std::move(isolate)) {
  if (!grips_) return;
  std::lock_guard<std::mutex> guard(grips_->mutex);
  next_ = grips_->first;
  if (next_) next_->previous_ = this;
  grips_->first = this;
}

SharedTransferable Grip::get() const {
  if (!grips_) return held_;
  std::lock_guard<std::mutex> guard(grips_->mutex);
  return held_;
}

SharedTransferable Grip::release() {
  if (!grips_) return std::move(held_);
  std::lock_guard<std::mutex> guard(grips_->mutex);
  return take();
}

SharedTransferable Grip::take() {
  if (!held_) return nullptr;
  (previous_ ? previous_->next_ : grips_->first) = next_;
  if (next_) next_->previous_ = previous_;
  return std::move(held_);
}

}  // namespace isolates::engine
