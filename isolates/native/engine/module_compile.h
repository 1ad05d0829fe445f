// Source text to modules.
#pragma once
#include <memory>

#include "engine/module.h"
#include "engine/script.h"

namespace isolates::engine {

/// Ends as Object: shared_ptr<Module>.
class CompileModuleOperation final : public Operation {
 public:
  /// The source owns its texts.
  CompileModuleOperation(Source source, MetaSource meta, CodeCacheRequest cache, Profile profile)
      : source_(std::move(source)), meta_(std::move(meta)), cache_(std::move(cache)), profile_(profile) {}
  Outcome run(Isolate& isolate) override;

 private:
  const Source source_;
  const MetaSource meta_;
  const CodeCacheRequest cache_;
  const Profile profile_;
};

/// A module whose `default` is the value of a JSON text, made anew in the context that it is linked into.
/// Ends as Object: shared_ptr<Module>, or with the SyntaxError of the text.
class CompileJsonModuleOperation final : public Operation {
 public:
  CompileJsonModuleOperation(Source source, Profile profile)
      : source_(std::move(source)), profile_(profile) {}
  Outcome run(Isolate& isolate) override;

 private:
  const Source source_;
  const Profile profile_;
};

/// Attributes of a request as V8 tells them: keys and values, `step` apart.
std::vector<std::pair<Text, Text>> read_attributes(Isolate& isolate, Local array, int step);

}  // namespace isolates::engine
