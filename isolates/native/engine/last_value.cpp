#include "engine/last_value.h"

#include "engine/isolate.h"
#include "engine/mark.h"
#include "engine/roots.h"
#include "engine/supervision.h"
#include "engine/v8_abi_message.h"
#include "engine/v8_abi_templates.h"

namespace isolates::engine {
namespace {

// In the context's embedder data, behind the error classes (errors.cpp).
constexpr int kIndex = 4;
constexpr int kDontEnum = 2;

}  // namespace

void keep_last(Isolate& isolate, Local context, LastValue which, Local value) {
  if (!isolate.supervision() || mark_of(isolate) < 0) return;
  HandleScope handles(isolate.v8());
  TryCatch ignore(isolate.v8());
  NoJavaScript calm(isolate.v8());
  bool is_error = which == LastValue::kError;
  int index = is_error ? kIndex + 1 : kIndex;
  Local undefined = Roots::instance().undefined_local();
  bool is_first = v8abi::context_embedder_data_count(context) <= static_cast<uint32_t>(index);
  Local kept = is_first ? undefined : v8abi::context_embedder_data(context, index);
  Local global = v8abi::context_global(context);
  Local name = v8abi::string_new_utf8(isolate.v8(), is_error ? "_error" : "_", 0, -1);
  if (!kept || !name) return;
  auto has = v8abi::object_has_own_property(global, context, name);
  Local now = v8abi::object_get(global, context, name);
  bool is_ours = has.has && (!has.value || (now && v8abi::value_same(now, kept)));
  if (!is_ours) value = undefined;
  v8abi::context_set_embedder_data(context, index, value);
  if (is_ours) v8abi::object_define_own_property(global, context, name, value, kDontEnum);
}

}  // namespace isolates::engine
