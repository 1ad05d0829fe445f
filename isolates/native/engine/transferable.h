// What crosses between isolates and the host as itself.
#pragma once
#include <cstdint>
#include <memory>

namespace isolates::engine {

/// Which of isolated-vm's APIs an object was made through: the README's, or that of isolated-vm 5 to 7.
enum class Profile : uint8_t { kReadme, kVersion5 };

/// Immutable, shared by all handles to it; each face shows it as an object of its own (Python: bind/*.cpp,
/// JavaScript: bind/ivm), which may be released while the others live on. Any thread.
class Transferable {
 public:
  enum class Kind : uint8_t {
    kIsolate,
    kContext,
    kScript,
    kModule,
    kReference,
    kExternalCopy,
    kCallback,
    kLibrary,
  };

  virtual ~Transferable() = default;
  Transferable(const Transferable&) = delete;
  Transferable& operator=(const Transferable&) = delete;

  Kind kind() const { return kind_; }
  Profile profile() const { return profile_; }

 protected:
  Transferable(Kind kind, Profile profile) : kind_(kind), profile_(profile) {}

 private:
  const Kind kind_;
  const Profile profile_;
};

using SharedTransferable = std::shared_ptr<const Transferable>;

}  // namespace isolates::engine
