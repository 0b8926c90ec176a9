// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/zip_directory.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/base/utf8.h"
#include "keratin/formats/reader.h"

/// The numbers are those of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
namespace keratin::formats {
namespace {

using Member = ZipArchive::Member;

constexpr std::string_view kEndSignature = "PK\x05\x06";
constexpr std::string_view kEnd64Signature = "PK\x06\x06";
constexpr std::string_view kLocatorSignature = "PK\x06\x07";
constexpr std::string_view kEntrySignature = "PK\x01\x02";
constexpr std::string_view kLocalSignature = "PK\x03\x04";
constexpr std::string_view kDescriptorSignature = "PK\x07\x08";
constexpr std::uint64_t kEndSize = 22;
constexpr std::uint64_t kEnd64Size = 56;
constexpr std::uint64_t kLocatorSize = 20;
constexpr std::uint32_t kSaturated32 = 0xFFFFFFFF;
constexpr std::uint16_t kSaturated16 = 0xFFFF;

enum Flag : std::uint16_t {
  kEncrypted = 1U << 0,
  kDescriptor = 1U << 3,
  kPatch = 1U << 5,
  kStrongEncryption = 1U << 6,
  kUtf8 = 1U << 11,
  kMasked = 1U << 13,
};
constexpr std::uint16_t kKnownFlags = 0x0006U | kDescriptor | kUtf8;

/// The end record: the only place from which the archive can be read. Its signature must not stand
/// a second time where another reader may look for it.
std::uint64_t find_end(const Bytes& bytes) {
  const std::string_view text = bytes.text();
  const std::uint64_t size = bytes.size();
  const std::uint64_t tail = size - std::min(size, kEndSize + kSaturated16);
  const std::size_t first = text.find(kEndSignature, static_cast<std::size_t>(tail));
  std::uint64_t found = kTooMuch;
  for (std::size_t at = first; at != std::string_view::npos;
       at = text.find(kEndSignature, at + 1)) {
    if (!fits(at, kEndSize, size)) continue;
    Reader reader(bytes, kZip, at + kEndSize - 2);
    const std::uint16_t comment = reader.u16("length of the comment");
    if (at + kEndSize + comment != size) continue;
    if (found != kTooMuch) {
      bytes.fail(kZip, found, "one end of the directory", str("another at ", at));
    }
    found = at;
  }
  if (found == kTooMuch)
    bytes.fail(kZip, size, "the end of a directory", "none: a part of a file?");
  return found;
}

struct End {
  std::uint64_t members;
  std::uint64_t directory_size;
  std::uint64_t directory_begin;
  std::uint64_t directory_end;
};

End read_end64(const Bytes& bytes, const End& short_end) {
  const std::uint64_t end = short_end.directory_end;
  if (end < kLocatorSize + kEnd64Size) bytes.fail(kZip, end, "the records of zip64", "none");
  const std::uint64_t at = end - kLocatorSize - kEnd64Size;
  Reader locator(bytes, kZip, end - kLocatorSize);
  locator.expect(kLocatorSignature, "the locator of zip64");
  locator.expect_number<std::uint32_t>(0, "disk");
  locator.expect_number<std::uint64_t>(at, "the place of zip64's end, before its locator:");
  locator.expect_number<std::uint32_t>(1, "number of disks");
  Reader record(bytes, kZip, at);
  record.expect(kEnd64Signature, "the end of zip64");
  record.expect_number<std::uint64_t>(kEnd64Size - 12, "size of the record");
  record.skip(4, "versions");
  record.expect_number<std::uint32_t>(0, "disk");
  record.expect_number<std::uint32_t>(0, "disk of the directory");
  End wide = {};
  wide.members = record.u64("members of this disk");
  record.expect_number<std::uint64_t>(wide.members, "members");
  wide.directory_size = record.u64("size of the directory");
  wide.directory_begin = record.u64("place of the directory");
  wide.directory_end = at;
  const auto agrees = [&](std::uint64_t narrow, std::uint64_t saturated, std::uint64_t number) {
    if (narrow != saturated && narrow != number) {
      record.fail_at(at, str("the numbers of the short end: ", narrow), str(number));
    }
  };
  agrees(short_end.members, kSaturated16, wide.members);
  agrees(short_end.directory_size, kSaturated32, wide.directory_size);
  agrees(short_end.directory_begin, kSaturated32, wide.directory_begin);
  return wide;
}

End read_end(const Bytes& bytes) {
  const std::uint64_t at = find_end(bytes);
  Reader reader(bytes, kZip, at + 4);
  reader.expect_number<std::uint16_t>(0, "disk");
  reader.expect_number<std::uint16_t>(0, "disk of the directory");
  End end = {};
  end.members = reader.u16("members of this disk");
  reader.expect_number<std::uint16_t>(static_cast<std::uint16_t>(end.members), "members");
  end.directory_size = reader.u32("size of the directory");
  end.directory_begin = reader.u32("place of the directory");
  end.directory_end = at;
  if (end.members == kSaturated16 || end.directory_size == kSaturated32 ||
      end.directory_begin == kSaturated32) {
    end = read_end64(bytes, end);
  }
  if (sum(end.directory_begin, end.directory_size) != end.directory_end) {
    bytes.fail(kZip, at, str("a directory that ends at ", end.directory_end),
               str(end.directory_begin, " + ", end.directory_size));
  }
  return end;
}

void check_name(const Reader& reader, std::uint64_t at, std::string_view name,
                const Limits& limits) {
  const auto refuse = [&](std::string_view why) {
    reader.fail_at(at, str("a relative path as name: ", why), in_quotes(name));
  };
  if (name.empty()) refuse("not empty");
  if (name.size() > limits.name_bytes) refuse(str(limits.name_bytes, " bytes at most"));
  if (name.find('\0') != std::string_view::npos) refuse("no NUL");
  if (name.find('\\') != std::string_view::npos) refuse("parts joined by '/'");
  if (!utf8::is_valid(name)) refuse("valid UTF-8");
  if (name.size() > 1 && name[1] == ':') refuse("no drive");
  if (name.ends_with('/')) name.remove_suffix(1);  // a folder
  while (true) {
    const std::string_view part = name.substr(0, name.find('/'));
    if (part.empty() || part == "." || part == "..") refuse("no empty part, '.' or '..'");
    if (part.size() == name.size()) return;
    name.remove_prefix(part.size() + 1);
  }
}

/// Numbers that did not fit their field stand in the extra field 1, in this order.
struct Wide {
  std::uint64_t* size;
  std::uint64_t* packed_size;
  std::uint64_t* header;  // null in a local header
};

void read_extra(Reader& reader, std::uint64_t length, const Wide& wide) {
  const std::uint64_t end = sum(reader.at(), length);
  bool seen = false;
  while (reader.at() < end) {
    const std::uint64_t at = reader.at();
    if (end - at < 4) {  // zipalign leaves a few zeros
      reader.expect_zeros(end - at, "rest of the extra fields");
      return;
    }
    const std::uint16_t id = reader.u16("id of an extra field");
    const std::uint64_t size = reader.u16("size of an extra field");
    if (size > end - reader.at()) reader.fail_at(at, "an extra field inside its header", str(size));
    if (id == 0x7075) reader.fail_at(at, "one name for a member", "a second one (Unicode path)");
    if (id != 1) {
      reader.skip(size, "extra field");
      continue;
    }
    if (seen) reader.fail_at(at, "one zip64 field", "two");
    seen = true;
    const std::uint64_t field_end = reader.at() + size;
    for (std::uint64_t* number : {wide.size, wide.packed_size, wide.header}) {
      if (number == nullptr || *number != kSaturated32) continue;
      if (field_end - reader.at() < 8) reader.fail_at(at, "a zip64 number", "the field's end");
      *number = reader.u64("zip64 number");
    }
    // Writers that stream leave room for both sizes where they need neither.
    reader.skip(field_end - reader.at(), "rest of the zip64 field");
  }
}

struct MemberHeader {
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t time = 0;
  std::uint32_t checksum = 0;
  std::uint64_t size = 0;
  std::uint64_t packed_size = 0;
};

MemberHeader read_common(Reader& reader) {
  MemberHeader header;
  const std::uint64_t at = reader.at();
  reader.skip(2, "version needed");
  header.flags = reader.u16("flags");
  header.method = reader.u16("method");
  header.time = reader.u32("time");
  header.checksum = reader.u32("checksum");
  header.packed_size = reader.u32("packed size");
  header.size = reader.u32("size");
  if ((header.flags & (kEncrypted | kStrongEncryption | kMasked)) != 0) {
    reader.fail_at(at, "members that are not encrypted", "an encrypted one");
  }
  if ((header.flags & ~kKnownFlags) != 0) reader.fail_at(at, "known flags", str(header.flags));
  if (header.method != 0 && header.method != 8) {
    reader.fail_at(at, "a member that is stored (0) or deflated (8)",
                   str("method ", header.method));
  }
  return header;
}

/// A descriptor repeats what the local header left out; its signature is optional.
std::uint64_t read_descriptor(const Bytes& bytes, const Member& member, std::uint64_t at) {
  for (const bool is_wide : {false, true}) {
    for (const bool is_signed : {true, false}) {
      const std::uint64_t size = (is_signed ? 4U : 0U) + 4U + (is_wide ? 16U : 8U);
      if (!fits(at, size, bytes.size())) continue;
      Reader reader(bytes, kZip, at);
      if (is_signed && reader.text(4, "signature") != kDescriptorSignature) continue;
      const std::size_t width = is_wide ? 8 : 4;
      if (reader.u32("checksum") == member.checksum &&
          reader.unsigned_of(width, "packed size") == member.packed_size &&
          reader.unsigned_of(width, "size") == member.size) {
        return reader.at();
      }
    }
  }
  bytes.fail(kZip, at, "a descriptor with the sizes of the directory", "none");
}

void read_local(const Bytes& bytes, const MemberHeader& entry, Member& member) {
  Reader reader(bytes, kZip, member.header);
  reader.expect(kLocalSignature, "a local header");
  MemberHeader local = read_common(reader);
  const std::uint64_t name_size = reader.u16("length of the name");
  const std::uint64_t extra_size = reader.u16("length of the extra fields");
  const auto differ = [&](std::string_view what) {
    reader.fail_at(member.header, str("a local header with the directory's ", what), "another");
  };
  if (reader.text(name_size, "name") != member.name) differ("name");
  read_extra(reader, extra_size, {&local.size, &local.packed_size, nullptr});
  if (local.flags != entry.flags) differ("flags");
  if (local.method != entry.method) differ("method");
  if (local.time != entry.time) differ("time");
  const bool is_left_out = (entry.flags & kDescriptor) != 0 && local.checksum == 0 &&
                           local.size == 0 && local.packed_size == 0;
  if (!is_left_out) {
    if (local.checksum != entry.checksum) differ("checksum");
    if (local.size != entry.size) differ("size");
    if (local.packed_size != entry.packed_size) differ("packed size");
  }
  member.begin = reader.at();
  if (!fits(member.begin, member.packed_size, bytes.size())) {
    reader.fail(str(member.packed_size, " bytes of ", in_quotes(member.name)), str(reader.left()));
  }
  member.end = member.begin + member.packed_size;
  if ((entry.flags & kDescriptor) != 0) member.end = read_descriptor(bytes, member, member.end);
}

Member read_entry(Reader& reader, const Limits& limits) {
  const std::uint64_t at = reader.at();
  Member member;
  reader.expect(kEntrySignature, "an entry of the directory");
  reader.skip(2, "version made by");
  MemberHeader entry = read_common(reader);
  const std::uint64_t name_size = reader.u16("length of the name");
  const std::uint64_t extra_size = reader.u16("length of the extra fields");
  const std::uint64_t comment_size = reader.u16("length of the comment");
  reader.expect_number<std::uint16_t>(0, "disk");
  reader.skip(6, "attributes");
  member.header = reader.u32("place of the local header");
  member.name = reader.text(name_size, "name");
  check_name(reader, at, member.name, limits);
  read_extra(reader, extra_size, {&entry.size, &entry.packed_size, &member.header});
  reader.skip(comment_size, "comment");
  member.is_packed = entry.method == 8;
  member.checksum = entry.checksum;
  member.size = entry.size;
  member.packed_size = entry.packed_size;
  if (!member.is_packed && member.size != member.packed_size) {
    reader.fail_at(at, str("a stored member of its size ", member.size), str(member.packed_size));
  }
  if (member.name.ends_with('/') && member.size != 0) {
    reader.fail_at(at, "a folder without bytes", in_quotes(member.name));
  }
  read_local(reader.bytes(), entry, member);
  return member;
}

}  // namespace

ZipDirectory read_zip_directory(const Bytes& bytes, const Limits& limits) {
  const End end = read_end(bytes);
  constexpr std::uint64_t kSmallestEntry = 46;
  if (end.members > limits.members || product(end.members, kSmallestEntry) > end.directory_size) {
    bytes.fail(
        kZip, end.directory_begin,
        str("as many members as the directory has room for, and ", limits.members, " at most"),
        str(end.members));
  }
  ZipDirectory directory;
  directory.begin = end.directory_begin;
  directory.members.reserve(static_cast<std::size_t>(end.members));
  Reader reader(bytes, kZip, end.directory_begin);
  for (std::uint64_t i = 0; i < end.members; ++i) {
    directory.members.push_back(read_entry(reader, limits));
  }
  if (reader.at() != end.directory_begin + end.directory_size) {
    reader.fail(str("the end of the directory after ", end.members, " members"), "more");
  }
  return directory;
}

}  // namespace keratin::formats
