// V8's stack-bound scopes. Each belongs to the thread that has entered the isolate.
#pragma once
#include "engine/v8_abi.h"

namespace isolates::engine {

using v8abi::Local;
using v8abi::V8Isolate;

class EnteredIsolate {
 public:
  explicit EnteredIsolate(V8Isolate* isolate) : isolate_(isolate) { v8abi::isolate_enter(isolate_); }
  ~EnteredIsolate() { v8abi::isolate_exit(isolate_); }
  EnteredIsolate(const EnteredIsolate&) = delete;
  EnteredIsolate& operator=(const EnteredIsolate&) = delete;

 private:
  V8Isolate* isolate_;
};

class EnteredContext {
 public:
  explicit EnteredContext(Local context) : context_(context) { v8abi::context_enter(context_); }
  ~EnteredContext() { v8abi::context_exit(context_); }
  EnteredContext(const EnteredContext&) = delete;
  EnteredContext& operator=(const EnteredContext&) = delete;

 private:
  Local context_;
};

/// Inline in V8's headers, so written out here: handles made inside die with the scope.
class HandleScope {
 public:
  explicit HandleScope(V8Isolate* isolate)
      : isolate_(isolate),
        next_(v8abi::handles_next(isolate)),
        limit_(v8abi::handles_limit(isolate)),
        level_(v8abi::handles_level(isolate)),
        saved_next_(*next_),
        saved_limit_(*limit_) {
    ++*level_;
  }
  ~HandleScope() {
    *next_ = saved_next_;
    --*level_;
    if (*limit_ != saved_limit_) {
      *limit_ = saved_limit_;
      v8abi::handles_delete_extensions(this, isolate_);
    }
  }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  V8Isolate* isolate_;
  v8abi::Address** next_;
  v8abi::Address** limit_;
  int* level_;
  v8abi::Address* saved_next_;
  v8abi::Address* saved_limit_;
};

class TryCatch {
 public:
  explicit TryCatch(V8Isolate* isolate) { v8abi::try_catch_construct(bytes_, isolate); }
  ~TryCatch() { v8abi::try_catch_destroy(bytes_); }
  TryCatch(const TryCatch&) = delete;
  TryCatch& operator=(const TryCatch&) = delete;

  bool has_caught() const { return v8abi::try_catch_has_caught(bytes_); }
  bool has_terminated() const { return v8abi::try_catch_has_terminated(bytes_); }
  Local exception() const { return v8abi::try_catch_exception(bytes_); }
  Local message() const { return v8abi::try_catch_message(bytes_); }
  void reset() { v8abi::try_catch_reset(bytes_); }
  void rethrow() { v8abi::try_catch_rethrow(bytes_); }

 private:
  alignas(16) unsigned char bytes_[128] = {};
};

/// While it lives, JavaScript that would run throws instead: for reading objects that may have getters.
class NoJavaScript {
 public:
  explicit NoJavaScript(V8Isolate* isolate) {
    constexpr int kThrowOnFailure = 1;
    v8abi::disallow_javascript_construct(bytes_, isolate, kThrowOnFailure);
  }
  ~NoJavaScript() { v8abi::disallow_javascript_destroy(bytes_); }
  NoJavaScript(const NoJavaScript&) = delete;
  NoJavaScript& operator=(const NoJavaScript&) = delete;

 private:
  alignas(16) unsigned char bytes_[64] = {};
};

}  // namespace isolates::engine
