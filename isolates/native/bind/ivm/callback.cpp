// Callback, as JavaScript sees it.
#include "engine/callback.h"

#include "bind/ivm/arguments.h"
#include "bind/ivm/classes.h"
#include "bind/ivm/objects.h"

namespace isolates::bind::ivm {
namespace {

using Mode = engine::Callback::Mode;

void construct_callback(const Arguments& arguments) {
  arguments.require_new();
  Local function = arguments.function(0);
  Options options = arguments.options(1);
  bool sync = options.flag("sync"), async = options.flag("async"), ignored = options.flag("ignored");
  if (sync + async + ignored > 1) throw Refusal{"Only one of `sync`, `async`, or `ignored` may be set"};
  Mode mode = v8abi::value_is_async_function(function) ? Mode::kAsync : Mode::kSync;
  if (sync) mode = Mode::kSync;
  if (async) mode = Mode::kAsync;
  if (ignored) mode = Mode::kIgnored;
  auto reference =
      engine::Reference::make(arguments.isolate(), arguments.context(), function, arguments.profile());
  auto callback = std::make_shared<const engine::Callback>(std::move(reference), mode, arguments.profile());
  fill_object(arguments.isolate(), arguments.receiver(),
              std::make_unique<CallbackObject>(arguments.isolate(), std::move(callback)));
}

}  // namespace

const ClassSpec& callback_class() {
  static const ClassSpec spec{"Callback", method<construct_callback>, {}, {}, {}, {}};
  return spec;
}

}  // namespace isolates::bind::ivm
