// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/formats/hdf5/space.h"

namespace keratin::formats::hdf5 {

/// What a message of an object header says; the numbers are the file's.
enum class MessageKind : std::uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kOldFillValue = 0x04,
  kFillValue = 0x05,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kGroupInfo = 0x0A,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kComment = 0x0D,
  kOldTime = 0x0E,
  kSharedTable = 0x0F,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kTime = 0x12,
  kAttributeInfo = 0x15,
  kReferenceCount = 0x16,
};

struct Message {
  MessageKind kind;
  Bytes body;
};

/// The messages of the object header at `at`, of both versions, without those that are only how it
/// is stored. Refuses shared messages, and kinds that are not in the list above.
std::vector<Message> read_header(Space& space, std::uint64_t at);

/// The only message of a kind, or null. Throws FormatError where there are two.
const Message* find(const std::vector<Message>& messages, MessageKind kind);

}  // namespace keratin::formats::hdf5
