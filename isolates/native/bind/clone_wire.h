#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace isolates::bind {

// Raises isolates.errors.TransferError.
[[noreturn]] void throw_transfer_error(const std::string& message);

// The first two bytes: the version tag and the version that V8 14.4 writes.
constexpr uint8_t kVersionTag = 0xFF;
constexpr uint32_t kWireVersion = 15;

// Each was seen in bytes that V8 14.4.258.23 wrote or read.
enum class Tag : uint8_t {
  kPadding = 0,
  kUndefined = '_',
  kNull = '0',
  kTrue = 'T',
  kFalse = 'F',
  kInt32 = 'I',
  kUint32 = 'U',
  kDouble = 'N',
  kBigInt = 'Z',
  kLatin1 = '"',
  kTwoByte = 'c',
  kUtf8 = 'S',
  kReference = '^',
  kObject = 'o',
  kObjectEnd = '{',
  kDenseArray = 'A',
  kDenseArrayEnd = '$',
  kSparseArray = 'a',
  kSparseArrayEnd = '@',
  kHole = '-',
  kMap = ';',
  kMapEnd = ':',
  kSet = '\'',
  kSetEnd = ',',
  kDate = 'D',
  kTrueObject = 'y',
  kFalseObject = 'x',
  kNumberObject = 'n',
  kBigIntObject = 'z',
  kStringObject = 's',
  kRegExp = 'R',
  kArrayBuffer = 'B',
  kResizableArrayBuffer = '~',
  kTransferredArrayBuffer = 't',
  kSharedArrayBuffer = 'u',
  kView = 'V',
  kError = 'r',
  kHostObject = '\\',
  kWasmModule = 'w',
  kWasmMemory = 'm',
  kSharedObject = 'p',
};

// Behind Tag::kError, in V8's order; V8 refuses a cause that comes before the stack.
enum class ErrorTag : uint8_t {
  kEvalError = 'E',
  kRangeError = 'R',
  kReferenceError = 'F',
  kSyntaxError = 'S',
  kTypeError = 'T',
  kUriError = 'U',
  kMessage = 'm',
  kStack = 's',
  kCause = 'c',
  kEnd = '.',
};

// Behind Tag::kView.
enum class ViewTag : uint8_t {
  kInt8 = 'b',
  kUint8 = 'B',
  kUint8Clamped = 'C',
  kInt16 = 'w',
  kUint16 = 'W',
  kInt32 = 'd',
  kUint32 = 'D',
  kFloat16 = 'h',
  kFloat32 = 'f',
  kFloat64 = 'F',
  kBigInt64 = 'q',
  kBigUint64 = 'Q',
  kDataView = '?',
};

// A view that follows its buffer's length; its own length is written as 0.
constexpr uint32_t kViewTracksLength = 1;

// A cursor that never reads beyond the end: short or malformed bytes raise TransferError.
class WireReader {
 public:
  WireReader(const uint8_t* data, size_t size) : begin_(data), cursor_(data), end_(data + size) {}

  size_t remaining() const { return static_cast<size_t>(end_ - cursor_); }

  // Skips padding; Tag::kPadding at the end of the bytes.
  Tag peek_tag() {
    while (cursor_ != end_ && *cursor_ == 0) ++cursor_;
    return cursor_ == end_ ? Tag::kPadding : static_cast<Tag>(*cursor_);
  }

  Tag read_tag() {
    Tag tag = peek_tag();
    if (tag == Tag::kPadding) malformed("it ends too early");
    ++cursor_;
    return tag;
  }

  bool take_tag(Tag tag) {
    if (peek_tag() != tag) return false;
    ++cursor_;
    return true;
  }

  uint8_t read_byte() { return *read_bytes(1); }

  uint32_t read_varint() {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      uint8_t byte = read_byte();
      value |= static_cast<uint32_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    malformed("a number is too long");
  }

  int32_t read_zigzag() {
    uint32_t raw = read_varint();
    return static_cast<int32_t>((raw >> 1) ^ (0U - (raw & 1)));
  }

  double read_double() {
    double value;
    std::memcpy(&value, read_bytes(sizeof value), sizeof value);
    return value;
  }

  const uint8_t* read_bytes(size_t size) {
    if (size > remaining()) malformed("it ends too early");
    const uint8_t* bytes = cursor_;
    cursor_ += size;
    return bytes;
  }

  [[noreturn]] void malformed(const std::string& why) const {
    throw_transfer_error("malformed structured clone at byte " + std::to_string(cursor_ - begin_) + ": " +
                         why);
  }

 private:
  const uint8_t* begin_;
  const uint8_t* cursor_;
  const uint8_t* end_;
};

// Appends to bytes that somebody else owns.
class WireWriter {
 public:
  explicit WireWriter(std::vector<uint8_t>& bytes) : bytes_(bytes) {}

  void write_byte(uint8_t byte) { bytes_.push_back(byte); }
  void write_tag(Tag tag) { write_byte(static_cast<uint8_t>(tag)); }
  void write_tag(ErrorTag tag) { write_byte(static_cast<uint8_t>(tag)); }
  void write_tag(ViewTag tag) { write_byte(static_cast<uint8_t>(tag)); }

  void write_varint(uint32_t value) {
    for (; value >= 0x80; value >>= 7) write_byte(static_cast<uint8_t>(value | 0x80));
    write_byte(static_cast<uint8_t>(value));
  }

  void write_zigzag(int32_t value) {
    write_varint((static_cast<uint32_t>(value) << 1) ^ (value < 0 ? ~0U : 0U));
  }

  void write_double(double value) { write_bytes(&value, sizeof value); }

  void write_bytes(const void* data, size_t size) {
    auto* first = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }

  // Room for bytes that the caller fills in; valid until the next write.
  uint8_t* extend(size_t size) {
    bytes_.resize(bytes_.size() + size);
    return last(size);
  }

  uint8_t* last(size_t size) { return bytes_.data() + bytes_.size() - size; }

  // V8 wants the characters of a two-byte string at an even offset.
  void write_two_byte_header(uint32_t byte_length) {
    size_t varint_size = 1;
    for (uint32_t rest = byte_length >> 7; rest != 0; rest >>= 7) ++varint_size;
    if ((bytes_.size() + 1 + varint_size) % 2 != 0) write_tag(Tag::kPadding);
    write_tag(Tag::kTwoByte);
    write_varint(byte_length);
  }

 private:
  std::vector<uint8_t>& bytes_;
};

}  // namespace isolates::bind
