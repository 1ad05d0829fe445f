// Reference: a pointer to a value that stays where it is, in an isolate or in the host.
#pragma once
#include <memory>
#include <string>
#include <variant>

#include "engine/convert.h"
#include "engine/host_object.h"
#include "engine/remote_handle.h"
#include "engine/transferable.h"

namespace isolates::engine {

/// Dropping the last one frees the value.
class Reference final : public Transferable {
 public:
  static std::shared_ptr<const Reference> make(Isolate& isolate, Local context, Local value, Profile profile,
                                               RemoteHandle::Count count = RemoteHandle::Count::kYes,
                                               bool inherits = false);
  static std::shared_ptr<const Reference> to_host(std::shared_ptr<HostObject> object, Profile profile);

  /// Null if it points into the host.
  std::shared_ptr<Isolate> isolate() const { return value_ ? value_->isolate() : nullptr; }
  const std::shared_ptr<HostObject>& host() const { return host_; }
  const std::string& type() const { return type_; }
  /// Properties are looked up along the prototype chain (`unsafeInherit`).
  bool inherits() const { return inherits_; }
  /// Of the JavaScript that made it.
  Mark mark() const { return mark_; }
  /// Inside `isolate`: the value, or Failure in any other isolate than its own.
  std::variant<Local, Failure> local_in(Isolate& isolate) const;
  /// Null if it points into the host.
  const std::shared_ptr<RemoteHandle>& remote() const { return value_; }
  /// Inside its isolate.
  Local value() const { return value_->local(); }
  Local context() const { return context_->local(); }

 private:
  Reference(std::shared_ptr<RemoteHandle> value, std::shared_ptr<RemoteHandle> context,
            std::shared_ptr<HostObject> host, std::string type, Profile profile, bool inherits, Mark mark);

  const std::shared_ptr<RemoteHandle> value_;
  const std::shared_ptr<RemoteHandle> context_;
  const std::shared_ptr<HostObject> host_;
  const std::string type_;
  const bool inherits_;
  const Mark mark_;
};

}  // namespace isolates::engine
