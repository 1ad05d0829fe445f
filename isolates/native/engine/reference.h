// Reference: a pointer to a value that stays in its isolate.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/convert.h"
#include "engine/remote_handle.h"

namespace isolates::engine {

/// Immutable, shared by all handles to it; dropping the last frees the value. Any thread.
class Reference {
 public:
  static std::shared_ptr<Reference> make(Isolate& isolate, Local context, Local value);

  const std::shared_ptr<Isolate>& isolate() const { return value_->isolate(); }
  const std::string& type() const { return type_; }
  /// Inside `isolate`: the value, or Failure in any other isolate than its own.
  std::variant<Local, Failure> local_in(Isolate& isolate) const;
  Local value() const { return value_->local(); }
  Local context() const { return context_->local(); }

 private:
  Reference(std::shared_ptr<RemoteHandle> value, std::shared_ptr<RemoteHandle> context, std::string type);

  const std::shared_ptr<RemoteHandle> value_;
  const std::shared_ptr<RemoteHandle> context_;
  const std::string type_;
};

/// reference(receiver, ...arguments)
class ApplyOperation final : public Operation {
 public:
  ApplyOperation(std::shared_ptr<Reference> function, Value receiver, std::vector<Value> arguments,
                 Crossing crossing)
      : function_(std::move(function)),
        receiver_(std::move(receiver)),
        arguments_(std::move(arguments)),
        crossing_(crossing) {}
  Outcome run(Isolate& isolate) override;

 private:
  const std::shared_ptr<Reference> function_;
  const Value receiver_;
  const std::vector<Value> arguments_;
  const Crossing crossing_;
};

}  // namespace isolates::engine
