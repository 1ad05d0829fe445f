#include "engine/sealed_bytes.h"

#include <cstring>

#include "engine/v8_abi_snapshot.h"

namespace isolates::engine {
namespace {

struct Header {
  char magic[8];
  uint32_t kind;
  uint32_t flags_hash;
  char v8_version[24];
  uint64_t size;
  uint64_t tag;
  uint64_t checksum;  // of the content and of all above
};
static_assert(sizeof(Header) == SealedBytes::kHeaderBytes);

constexpr char kMagic[8] = {'i', 's', 'o', 'l', 'a', 't', 'e', '1'};

uint64_t mixed(uint64_t value) {  // the finalizer of MurmurHash3
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}

/// Four independent lanes, as a snapshot of megabytes is checked for each isolate.
uint64_t checksum_from(uint64_t seed, const char* data, size_t size) {
  constexpr size_t kLanes = 4;
  constexpr uint64_t kPrime = 0x9e3779b97f4a7c15;
  uint64_t lanes[kLanes] = {seed, seed + 1, seed + 2, seed + 3};
  uint64_t words[kLanes];
  size_t whole = size - size % sizeof words;
  for (size_t at = 0; at < whole; at += sizeof words) {
    std::memcpy(words, data + at, sizeof words);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      uint64_t value = (lanes[lane] ^ words[lane]) * kPrime;
      lanes[lane] = value ^ (value >> 32);
    }
  }
  uint64_t result = mixed(size);
  std::memset(words, 0, sizeof words);
  std::memcpy(words, data + whole, size - whole);
  for (size_t lane = 0; lane < kLanes; ++lane)
    result = mixed(result ^ mixed(lanes[lane] ^ words[lane]) ^ lane);
  return result;
}

uint64_t checksum_of(const Header& header, const char* content) {
  uint64_t seed = checksum_from(0, reinterpret_cast<const char*>(&header), offsetof(Header, checksum));
  return checksum_from(seed, content, header.size);
}

Header expected(SealedBytes::Kind kind, size_t size, uint64_t tag) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.kind = static_cast<uint32_t>(kind);
  header.flags_hash = v8abi::flags_hash();
  std::strncpy(header.v8_version, v8abi::kVersion, sizeof header.v8_version - 1);
  header.size = size;
  header.tag = tag;
  return header;
}

}  // namespace

uint64_t SealedBytes::checksum(const void* data, size_t size) {
  return checksum_from(0, static_cast<const char*>(data), size);
}

std::string SealedBytes::begin(size_t content_bytes) {
  std::string bytes;
  bytes.reserve(kHeaderBytes + content_bytes);
  bytes.resize(kHeaderBytes);
  return bytes;
}

void SealedBytes::close(std::string& bytes, Kind kind, uint64_t tag) {
  Header header = expected(kind, bytes.size() - kHeaderBytes, tag);
  header.checksum = checksum_of(header, bytes.data() + kHeaderBytes);
  std::memcpy(bytes.data(), &header, sizeof header);
}

std::optional<SealedBytes::Opened> SealedBytes::open(const void* data, size_t size, Kind kind) {
  if (size < kHeaderBytes) return std::nullopt;
  Header header;
  std::memcpy(&header, data, sizeof header);
  const char* content = static_cast<const char*>(data) + kHeaderBytes;
  Header wanted = expected(kind, size - kHeaderBytes, header.tag);
  if (std::memcmp(&header, &wanted, offsetof(Header, checksum)) != 0) return std::nullopt;
  if (header.checksum != checksum_of(header, content)) return std::nullopt;
  return Opened{content, header.size, header.tag};
}

}  // namespace isolates::engine
