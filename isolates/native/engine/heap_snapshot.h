// Heap snapshots and what the spaces of a heap hold.
#pragma once
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engine/outcome.h"

namespace isolates::engine {

/// A file that takes its name when it is complete; else it goes.
class SnapshotFile {
 public:
  /// Null, and errno says why.
  static std::unique_ptr<SnapshotFile> open(const std::string& path);
  ~SnapshotFile();
  SnapshotFile(const SnapshotFile&) = delete;
  SnapshotFile& operator=(const SnapshotFile&) = delete;

  /// False, and errno says why.
  bool write(const char* bytes, size_t size) { return std::fwrite(bytes, 1, size, file_) == size; }
  bool complete();

 private:
  SnapshotFile(std::FILE* file, std::string path, std::string part)
      : file_(file), path_(std::move(path)), part_(std::move(part)) {}

  std::FILE* file_;  // null when it is closed
  const std::string path_;
  const std::string part_;  // what it is called until then
  bool complete_ = false;
};

/// Ends as Object: shared_ptr<std::vector<std::string>>, the chunks of a .heapsnapshot file; or as null if it
/// was given a file to write to. Stopping what runs stops it.
class HeapSnapshotOperation final : public Operation {
 public:
  explicit HeapSnapshotOperation(std::unique_ptr<SnapshotFile> file) : file_(std::move(file)) {}
  Outcome run(Isolate& isolate) override;

 private:
  friend class SnapshotStream;
  Outcome take(Isolate& isolate);

  std::unique_ptr<SnapshotFile> file_;
  std::shared_ptr<std::vector<std::string>> chunks_;
};

/// Ends as a string, which lies outside of the heap that it is made in.
class HeapSnapshotTextOperation final : public Operation {
 public:
  explicit HeapSnapshotTextOperation(Profile profile) : profile_(profile) {}
  Outcome run(Isolate& isolate) override;

 private:
  const Profile profile_;
};

struct HeapSpace {
  std::string name;
  size_t size, used_size, available_size, physical_size;
};

/// Ends as Object: shared_ptr<std::vector<HeapSpace>>.
class HeapSpacesOperation final : public Operation {
 public:
  Outcome run(Isolate& isolate) override;
};

}  // namespace isolates::engine
