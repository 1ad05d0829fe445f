#include "bind/host_call.h"

#include "bind/ending.h"
#include "bind/future.h"
#include "bind/gil.h"

namespace py = pybind11;

namespace isolates::bind {

py::object call_host(Form form, const std::shared_ptr<engine::HostObject>& host,
                     std::vector<engine::Value> arguments) {
  if (form == Form::kSync) {
    engine::Outcome outcome;
    {
      ReleaseGil unlocked;
      outcome = host->call(std::move(arguments));
    }
    return to_object(outcome, nullptr);
  }
  py::object future = py::none();
  engine::HostObject::Receiver receiver;
  if (form == Form::kAsync) {
    auto ending = std::make_shared<Ending>();
    future = make_future(ending, nullptr);
    receiver = [ending](engine::Outcome outcome) { ending->end(std::move(outcome)); };
  }
  ReleaseGil unlocked;
  host->start(std::move(arguments), std::move(receiver));
  return future;
}

py::object copy_host(Form form, const std::shared_ptr<engine::HostObject>& host) {
  engine::Outcome outcome;
  {
    ReleaseGil unlocked;
    outcome = host->copy();
  }
  if (form == Form::kSync) return to_object(outcome, nullptr);
  auto ending = std::make_shared<Ending>();
  py::object future = make_future(ending, nullptr);
  ReleaseGil unlocked;
  ending->end(std::move(outcome));
  return future;
}

}  // namespace isolates::bind
