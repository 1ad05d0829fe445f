#include "engine/snapshot_blob.h"

#include <cstring>
#include <map>
#include <mutex>

#include "engine/sealed_bytes.h"
#include "engine/v8_free.h"

namespace isolates::engine {
namespace {

using Shared = std::shared_ptr<const SnapshotBlob>;

/// Those that are in use: a thousand isolates from one snapshot need one copy of it.
struct Known {
  std::mutex mutex;
  std::multimap<size_t, std::weak_ptr<const SnapshotBlob>> by_size;
};
Known& known() {
  static auto* it = new Known();
  return *it;
}

Shared find_known(const void* data, size_t size) {
  std::lock_guard<std::mutex> guard(known().mutex);
  auto [it, end] = known().by_size.equal_range(size);
  while (it != end) {
    Shared blob = it->second.lock();
    if (!blob) {
      it = known().by_size.erase(it);
    } else if (std::memcmp(blob->bytes().data(), data, size) == 0) {
      return blob;
    } else {
      ++it;
    }
  }
  return nullptr;
}

/// All isolates of a process share the read-only part of the heap, which is V8's own and the same in each
/// process. A snapshot refers to it by addresses, so it fits this build of V8 and no other.
uint64_t read_only_heap_tag() { return v8abi::snapshot_read_only_checksum(v8abi::snapshot_default()); }

}  // namespace

SnapshotBlob::SnapshotBlob(std::string bytes)
    : bytes_(std::move(bytes)),
      v8_{bytes_.data() + SealedBytes::kHeaderBytes,
          static_cast<int>(bytes_.size() - SealedBytes::kHeaderBytes)} {}

Shared SnapshotBlob::of_v8(v8abi::StartupData made) {
  auto size = static_cast<size_t>(made.raw_size);
  std::string bytes = SealedBytes::begin(size);
  bytes.append(made.data, size);
  free_from_v8(made.data);
  SealedBytes::close(bytes, SealedBytes::Kind::kSnapshot, read_only_heap_tag());
  return Shared(new SnapshotBlob(std::move(bytes)));
}

std::variant<Shared, Failure> SnapshotBlob::open(const void* data, size_t size) {
  if (Shared blob = find_known(data, size)) return blob;
  std::string bytes(static_cast<const char*>(data), size);  // first, as somebody may write to it meanwhile
  auto opened = SealedBytes::open(bytes.data(), size, SealedBytes::Kind::kSnapshot);
  bool fits = opened && opened->tag == read_only_heap_tag();
  Shared blob(fits ? new SnapshotBlob(std::move(bytes)) : nullptr);
  if (!blob || !v8abi::snapshot_version_is_valid(blob->v8())) {
    return Failure{Fault::kValue,
                   "is not a snapshot that `Isolate.create_snapshot` has made with this V8, or it is damaged",
                   {}};
  }
  std::lock_guard<std::mutex> guard(known().mutex);
  known().by_size.emplace(size, blob);
  return blob;
}

}  // namespace isolates::engine
