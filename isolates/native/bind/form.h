// The three forms of a call, on both faces.
#pragma once
#include <cstdint>

namespace isolates::bind {

enum class Form : uint8_t {
  kSync,     // xSync: waits, gives the result or throws
  kAsync,    // x: queues, gives a promise or a Future
  kIgnored,  // xIgnored: queues; nobody hears of the end
};

}  // namespace isolates::bind
