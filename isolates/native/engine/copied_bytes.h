// Bytes of the engine as ArrayBuffers outside of isolates, and back.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/external_copy.h"

namespace isolates::engine {

/// An ExternalCopy of an ArrayBuffer with these bytes. Null if there is no memory for it.
std::shared_ptr<const ExternalCopy> copy_of_bytes(const std::string& bytes, Profile profile);

/// What such a copy holds; nothing if it is none of an ArrayBuffer, or if that was transferred away. Copied,
/// as others may get the memory, and write to it.
std::optional<std::string> bytes_of_copy(const ExternalCopy& copy);

}  // namespace isolates::engine
