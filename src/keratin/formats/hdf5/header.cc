// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/header.h"

/// Section IV.A.1 of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

constexpr std::uint64_t kPrefixSize = 16;  // of version 1
constexpr std::uint8_t kSharedFlag = 1U << 1;

/// Reads messages from block to block: a continuation message says where the next one is.
class HeaderReader {
 public:
  HeaderReader(Space& space, std::uint64_t at) : space_(space), at_(at) {}

  std::vector<Message> read() {
    if (space_.bytes().size() >= at_ && space_.bytes().size() - at_ >= 4 &&
        space_.bytes().text().substr(static_cast<std::size_t>(at_), 4) == "OHDR") {
      read_new();
    } else {
      read_old();
    }
    return std::move(messages_);
  }

 private:
  void read_old() {
    const Bytes prefix = space_.take(at_, kPrefixSize, "object header");
    Reader reader(prefix, kHdf5);
    reader.expect_number<std::uint8_t>(1, "version of an object header");
    reader.expect_zeros(1, "reserved");
    const std::uint16_t count = reader.u16("number of messages");
    reader.expect_number<std::uint32_t>(1, "number of names of an object");
    const std::uint32_t size = reader.u32("size of the object header");
    reader.expect_zeros(4, "padding");
    blocks_ = {space_.take(at_ + kPrefixSize, size, "object header")};
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const Bytes block = blocks_[i];
      Reader messages(block, kHdf5);
      while (messages.left() > 0) {
        const std::uint64_t begin = messages.at();
        const std::uint16_t kind = messages.u16("kind of message");
        const std::uint16_t body = messages.u16("size of a message");
        const std::uint8_t flags = messages.u8("flags of a message");
        messages.expect_zeros(3, "reserved");
        if (body % 8 != 0) messages.fail_at(begin, "a message of a multiple of 8 bytes", str(body));
        add(messages, kind, body, flags, false);
      }
    }
    if (seen_ != count) {
      space_.fail(at_ + 2, str(count, " messages"), str(seen_));
    }
  }

  void read_new() {
    // How long it is stands behind what is optional.
    Reader reader(space_.bytes(), kHdf5, at_ + 4);
    reader.expect_number<std::uint8_t>(2, "version of an object header");
    const std::uint8_t flags = reader.u8("flags of an object header");
    if (flags >> 6 != 0) reader.fail("known flags of an object header", str(flags));
    if ((flags & 0x20) != 0) reader.skip(16, "times");
    if ((flags & 0x10) != 0) reader.skip(4, "numbers of attributes");
    const std::uint64_t size = reader.unsigned_of(std::size_t{1} << (flags & 3), "size");
    const std::uint64_t prefix = reader.at() - at_;
    const Bytes whole = space_.take(at_, sum(sum(prefix, size), 4), "object header");
    check_lookup3(whole, "object header");
    blocks_ = {whole.part(prefix, size)};
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const Bytes block = blocks_[i];
      Reader messages(block, kHdf5);
      const std::uint64_t head = (flags & 4) != 0 ? 6 : 4;
      while (messages.left() >= head) {
        const std::uint8_t kind = messages.u8("kind of message");
        const std::uint16_t body = messages.u16("size of a message");
        const std::uint8_t message_flags = messages.u8("flags of a message");
        if (head == 6) messages.skip(2, "order of creation");
        add(messages, kind, body, message_flags, true);
      }
      messages.expect_zeros(messages.left(), "gap");
    }
  }

  void add(Reader& reader, std::uint16_t kind, std::uint16_t size, std::uint8_t flags,
           bool is_new) {
    const std::uint64_t at = reader.at();
    reader.skip(size, "message");
    ++seen_;
    const Bytes body = reader.bytes().part(at, size);
    const auto known = static_cast<MessageKind>(kind);
    if (known == MessageKind::kNil) return;
    if ((flags & kSharedFlag) != 0) {
      reader.fail_at(at, "a message of this object alone",
                     "a shared or committed one, which is refused");
    }
    if (known == MessageKind::kContinuation) return continue_at(body, is_new);
    if (!is_known(known)) {
      reader.fail_at(at, "a known kind of message", str("kind ", kind, ", flags ", flags));
    }
    messages_.push_back({known, body});
  }

  void continue_at(const Bytes& body, bool is_new) {
    Reader reader(body, kHdf5);
    const std::uint64_t at = reader.u64("place of the continuation");
    const std::uint64_t size = reader.u64("size of the continuation");
    Bytes block = space_.take(at, size, "object header");
    if (is_new) {
      if (size < 8) reader.fail("a continuation of 8 bytes or more", str(size));
      Reader(block, kHdf5).expect("OCHK", "a continuation");
      check_lookup3(block, "continuation");
      block = block.part(4, size - 8);
    }
    blocks_.push_back(block);
  }

  static bool is_known(MessageKind kind) {
    switch (kind) {
      case MessageKind::kDataspace:
      case MessageKind::kLinkInfo:
      case MessageKind::kDatatype:
      case MessageKind::kOldFillValue:
      case MessageKind::kFillValue:
      case MessageKind::kLink:
      case MessageKind::kExternalFiles:
      case MessageKind::kLayout:
      case MessageKind::kGroupInfo:
      case MessageKind::kFilters:
      case MessageKind::kAttribute:
      case MessageKind::kComment:
      case MessageKind::kOldTime:
      case MessageKind::kSharedTable:
      case MessageKind::kSymbolTable:
      case MessageKind::kTime:
      case MessageKind::kAttributeInfo:
      case MessageKind::kReferenceCount:
        return true;
      default:
        return false;
    }
  }

  Space& space_;
  std::uint64_t at_;
  std::uint64_t seen_ = 0;
  std::vector<Bytes> blocks_;
  std::vector<Message> messages_;
};

}  // namespace

std::vector<Message> read_header(Space& space, std::uint64_t at) {
  return HeaderReader(space, at).read();
}

const Message* find(const std::vector<Message>& messages, MessageKind kind) {
  const Message* found = nullptr;
  for (const Message& message : messages) {
    if (message.kind != kind) continue;
    if (found != nullptr) {
      message.body.fail(kHdf5, 0, "one such message of an object",
                        str("a second one of kind ", static_cast<unsigned>(kind)));
    }
    found = &message;
  }
  return found;
}

}  // namespace keratin::formats::hdf5
