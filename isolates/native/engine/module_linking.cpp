#include "engine/module_linking.h"

#include "engine/isolate.h"
#include "engine/module_map.h"

namespace isolates::engine {
namespace {

/// What a refusal shows of a specifier: the code is not trusted, and it may be megabytes.
std::string shown(const Text& specifier) {
  constexpr size_t kLongest = 200;
  std::string text;
  for (size_t index = 0; index < specifier.length() && index < kLongest; ++index) {
    unsigned unit = specifier.two_byte ? reinterpret_cast<const char16_t*>(specifier.units.data())[index]
                                       : static_cast<unsigned char>(specifier.units[index]);
    text += unit >= 0x20 && unit < 0x7f ? static_cast<char>(unit) : '?';
  }
  return text;
}

}  // namespace

ModuleLinking::~ModuleLinking() {
  isolate_->modules().forget(this);
  if (!done_) return;
  // The resolver has dropped its answers. Perhaps on a thread that holds the GIL, so somebody else tells.
  lib::ThreadPool::instance().post([done = std::move(done_)] {
    done(Failure{Fault::kAbandoned, "The resolver can't answer any more", {}});
  });
}

void ModuleLinking::start(std::shared_ptr<const Module> root, Done done) {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    done_ = std::move(done);
    root_ = std::move(root);
    visit(root_);
  }
  pump();
}

void ModuleLinking::start(ModuleRequest request, Referrer referrer, Done done) {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    done_ = std::move(done);
    first_request_ = std::make_shared<const ModuleRequest>(std::move(request));
    questions_.push_back({std::move(referrer), first_request_.get(), 0});
  }
  pump();
}

void ModuleLinking::visit(const std::shared_ptr<const Module>& module) {
  if (!visited_.insert(module->info().id).second) return;
  modules_.push_back(module);
  if (module->is_linked()) return;
  auto& requests = module->info().requests;
  targets_[module->info().id].resize(requests.size());
  for (size_t index = 0; index < requests.size(); ++index) {
    Question question{{module, module->info().filename}, &requests[index], index};
    // Later, and not from here: chains of set_dependency may be long.
    questions_.push_back(std::move(question));
  }
}

void ModuleLinking::connect(const Question& question, std::shared_ptr<const Module> to) {
  if (question.request == first_request_.get()) {
    root_ = to;
  } else {
    targets_[question.referrer.module->info().id][question.index] = to.get();
  }
  visit(to);
}

const Module* ModuleLinking::target(uint64_t module_id, size_t request) const {
  auto found = targets_.find(module_id);
  return found == targets_.end() || request >= found->second.size() ? nullptr : found->second[request];
}

std::optional<Failure> ModuleLinking::reason_to_stop() const {
  if (isolate_->is_disposed()) {
    return Failure{Fault::kDisposed, "Isolate was disposed during execution", {}};
  }
  if (deadline_ && lib::SteadyClock::now() >= *deadline_) {
    return Failure{Fault::kTimeout, "Script execution timed out.", {}};
  }
  return std::nullopt;
}

/// Not recursive: answers that come at once are taken by the loop that asked.
void ModuleLinking::pump() {
  auto self = shared_from_this();
  Done done;
  {
    std::unique_lock<std::mutex> guard(mutex_);
    if (pumping_) return;
    pumping_ = true;
    while (!ended_ && !questions_.empty()) {
      Question question = std::move(questions_.front());
      questions_.pop_front();
      ++unanswered_;
      guard.unlock();
      ask(question);
      guard.lock();
    }
    pumping_ = false;
    if (ended_ || unanswered_ != 0) return;
    ended_ = true;
    done = std::move(done_);
  }
  if (done) done(std::nullopt);
}

void ModuleLinking::ask(const Question& question) {
  if (auto failure = reason_to_stop()) return fail(std::move(*failure));
  bool is_import = question.request == first_request_.get();
  if (!is_import) {
    if (auto set = question.referrer.module->dependency(question.index))
      return take_answer(question, std::move(set));
  }
  if (!resolver_) {
    return fail({Fault::kState,
                 "The dependency \"" + shown(question.request->specifier) +
                     "\" is not there: it was not set, and there is no resolver",
                 {}});
  }
  auto answer = [self = shared_from_this(),
                 question](std::variant<std::shared_ptr<const Module>, Failure> given) {
    self->take_answer(question, std::move(given));
  };
  resolver_->resolve(*question.request, question.referrer, *this, std::move(answer));
}

void ModuleLinking::take_answer(const Question& question,
                                std::variant<std::shared_ptr<const Module>, Failure> answer) {
  if (auto failure = std::get_if<Failure>(&answer)) return fail(std::move(*failure));
  auto& module = std::get<std::shared_ptr<const Module>>(answer);
  if (auto refused = refuse_link(*isolate_, *question.request, *module)) return fail(std::move(*refused));
  if (auto failure = reason_to_stop()) return fail(std::move(*failure));
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (ended_) return;
    --unanswered_;
    connect(question, std::move(module));
  }
  pump();
}

void ModuleLinking::fail(Failure failure) {
  Done done;
  std::deque<Question> dropped;  // after the mutex
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (ended_) return;
    ended_ = true;
    done = std::move(done_);
    dropped.swap(questions_);
  }
  if (resolver_) resolver_->cancel(*this);
  if (done) done(std::move(failure));
}

}  // namespace isolates::engine
