#include "engine/heap_snapshot.h"

#include <cerrno>
#include <cstring>

#include "engine/external_copy.h"
#include "engine/isolate.h"
#include "engine/stop_when_stopped.h"
#include "engine/v8_abi_profiler.h"

namespace isolates::engine {
namespace {

constexpr int kChunkBytes = 1 << 20;

}  // namespace

class SnapshotStream final : public v8abi::OutputStream {
 public:
  SnapshotStream(Isolate& isolate, HeapSnapshotOperation& operation)
      : isolate_(isolate), operation_(operation) {}

  void EndOfStream() override { ended_ = true; }
  int GetChunkSize() override { return kChunkBytes; }
  int WriteAsciiChunk(char* data, int size) override {
    if (isolate_.is_being_stopped()) return kAbort;
    auto bytes = static_cast<size_t>(size);
    if (!operation_.file_) {
      operation_.chunks_->emplace_back(data, bytes);
    } else if (!operation_.file_->write(data, bytes)) {
      error_ = errno;
      return kAbort;
    }
    return kContinue;
  }
  bool ended() const { return ended_; }
  int error() const { return error_; }

 private:
  Isolate& isolate_;
  HeapSnapshotOperation& operation_;
  bool ended_ = false;
  int error_ = 0;
};

std::unique_ptr<SnapshotFile> SnapshotFile::open(const std::string& path) {
  std::string part = path + ".part";
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (!file) return nullptr;
  return std::unique_ptr<SnapshotFile>(new SnapshotFile(file, path, std::move(part)));
}

SnapshotFile::~SnapshotFile() {
  if (file_) std::fclose(file_);
  if (!complete_) std::remove(part_.c_str());
}

bool SnapshotFile::complete() {
  bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  complete_ = closed && std::rename(part_.c_str(), path_.c_str()) == 0;
  return complete_;
}

Outcome HeapSnapshotOperation::run(Isolate& isolate) {
  Outcome outcome = take(isolate);
  file_.reset();  // before anybody hears of the end
  return outcome;
}

Outcome HeapSnapshotOperation::take(Isolate& isolate) {
  chunks_ = std::make_shared<std::vector<std::string>>();
  StopWhenStopped control(isolate);
  constexpr bool kHideInternals = true, kNumericValues = false;
  v8abi::HeapSnapshot* snapshot = v8abi::heap_profiler_take_snapshot(
      v8abi::isolate_heap_profiler(isolate.v8()), &control, nullptr, kHideInternals, kNumericValues);
  const Failure stopped{Fault::kTerminated, "Execution was terminated", {}};
  if (!snapshot) return stopped;
  SnapshotStream stream(isolate, *this);
  v8abi::heap_snapshot_serialize(snapshot, &stream, 0);
  v8abi::heap_snapshot_delete(snapshot);
  int error = stream.error();
  if (stream.ended() && file_ && !file_->complete()) error = errno;
  if (error) {
    return Failure{
        Fault::kState, std::string("The heap snapshot could not be written: ") + strerror(error), {}};
  }
  if (!stream.ended()) return stopped;
  if (file_) return Value(Null{});
  return Object(std::move(chunks_));
}

Outcome HeapSnapshotTextOperation::run(Isolate& isolate) {
  Outcome outcome = HeapSnapshotOperation(nullptr).run(isolate);
  auto* chunks = std::get_if<Object>(&outcome);
  if (!chunks) return outcome;
  std::string joined;
  for (std::string& chunk : *std::static_pointer_cast<std::vector<std::string>>(*chunks)) {
    joined += chunk;
    chunk = {};
  }
  auto text = SharedText::copy_of({joined.data(), joined.size(), false});
  if (!text) return Failure{Fault::kState, "There is no memory for the heap snapshot", {}};
  return Value(CopyInto{std::make_shared<const ExternalCopy>(std::move(text), profile_), false});
}

Outcome HeapSpacesOperation::run(Isolate& isolate) {
  auto spaces = std::make_shared<std::vector<HeapSpace>>();
  size_t count = v8abi::isolate_heap_space_count(isolate.v8());
  for (size_t index = 0; index < count; ++index) {
    v8abi::HeapSpaceStatistics space{};
    if (!v8abi::isolate_heap_space_statistics(isolate.v8(), &space, index)) continue;
    spaces->push_back({space.name ? space.name : "", space.size, space.used_size, space.available_size,
                       space.physical_size});
  }
  return Object(std::move(spaces));
}

}  // namespace isolates::engine
