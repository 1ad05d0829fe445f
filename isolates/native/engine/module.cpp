#include "engine/module.h"

#include <set>
#include <string>

#include "engine/reference.h"

namespace isolates::engine {
namespace {

bool same(const Text& text, const Text& other) {
  if (text.two_byte == other.two_byte) return text.units == other.units;
  if (text.length() != other.length()) return false;
  const Text& narrow = text.two_byte ? other : text;
  const Text& wide = text.two_byte ? text : other;
  auto* units = reinterpret_cast<const char16_t*>(wide.units.data());
  for (size_t index = 0; index < narrow.units.size(); ++index) {
    if (units[index] != static_cast<unsigned char>(narrow.units[index])) return false;
  }
  return true;
}

bool is(const Text& text, const char* latin1) { return same(text, Text::latin1(latin1)); }

}  // namespace

bool ModuleRequest::wants_json() const {
  for (auto& [key, value] : attributes) {
    if (is(key, "type") && is(value, "json")) return true;
  }
  return false;
}

std::vector<Text> ModuleInfo::specifiers() const {
  std::vector<Text> found;
  std::set<std::pair<bool, std::string>> seen;
  for (auto& request : requests) {
    auto& specifier = request.specifier;
    if (seen.emplace(specifier.two_byte, specifier.units).second) found.push_back(specifier);
  }
  return found;
}

std::optional<Failure> refuse_link(const Isolate& isolate, const ModuleRequest& request, const Module& to) {
  if (to.isolate().get() != &isolate) {
    return Failure{Fault::kTransfer, "Invalid module: it belongs to another isolate", {}};
  }
  // Data must never run as code, whatever the resolver found.
  if (request.wants_json() && !to.info().is_json) {
    return Failure{Fault::kTransfer, "An import with `type: \"json\"` takes a JSON module only", {}};
  }
  return std::nullopt;
}

/// One by one: a chain of modules would be as deep a recursion.
Module::~Module() {
  std::vector<std::map<size_t, std::shared_ptr<const Module>>> doomed;
  doomed.push_back(std::move(dependencies_));
  while (!doomed.empty()) {
    auto links = std::move(doomed.back());
    doomed.pop_back();
    for (auto& [request, module] : links) {
      if (module.use_count() == 1) doomed.push_back(std::move(module->dependencies_));
    }
  }
}

std::optional<Failure> Module::set_dependency(const Text& specifier, std::shared_ptr<const Module> to) const {
  if (is_linked()) return Failure{Fault::kState, "Module has already been instantiated.", {}};
  std::vector<size_t> found;
  for (size_t index = 0; index < info_->requests.size(); ++index) {
    const ModuleRequest& request = info_->requests[index];
    if (!same(request.specifier, specifier)) continue;
    if (auto refused = refuse_link(*isolate(), request, *to)) return refused;
    found.push_back(index);
  }
  if (found.empty()) {
    return Failure{Fault::kValue, "`specifier` is not among the dependencies of the module", {}};
  }
  std::vector<std::shared_ptr<const Module>> replaced;  // dropped after the mutex
  std::lock_guard<std::mutex> guard(mutex_);
  for (size_t index : found) {
    replaced.push_back(std::move(dependencies_[index]));
    dependencies_[index] = to;
  }
  return std::nullopt;
}

std::shared_ptr<const Module> Module::dependency(size_t request) const {
  std::lock_guard<std::mutex> guard(mutex_);
  auto found = dependencies_.find(request);
  return found == dependencies_.end() ? nullptr : found->second;
}

std::shared_ptr<RemoteHandle> Module::context() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return context_;
}

void Module::set_linked(std::shared_ptr<RemoteHandle> context) const {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    context_ = std::move(context);
  }
  drop_links();
}

std::shared_ptr<const Reference> Module::space() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return space_;
}

void Module::set_space(std::shared_ptr<const Reference> space) const {
  std::lock_guard<std::mutex> guard(mutex_);
  space_.swap(space);
}

void Module::drop_links() const {
  std::map<size_t, std::shared_ptr<const Module>> dropped;
  std::lock_guard<std::mutex> guard(mutex_);
  dropped.swap(dependencies_);
}

}  // namespace isolates::engine
