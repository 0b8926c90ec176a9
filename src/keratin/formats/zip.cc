// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/zip.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/checked.h"
#include "keratin/formats/crc32.h"
#include "keratin/formats/inflate.h"
#include "keratin/formats/zip_directory.h"

namespace keratin::formats {
namespace {

/// Members lie one behind another from the first byte to the directory: none shares bytes with
/// another, and there are no bytes that some readers would find and others not.
void check_tiling(const Bytes& bytes, const std::vector<ZipArchive::Member>& members,
                  std::uint64_t directory) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return members[a].header < members[b].header; });
  std::uint64_t end = 0;
  for (const std::size_t i : order) {
    if (members[i].header != end) {
      bytes.fail(kZip, std::min(end, members[i].header),
                 "members one behind another, without gap or overlap",
                 str("member ", in_quotes(members[i].name), " at ", members[i].header));
    }
    end = members[i].end;
  }
  if (end != directory) {
    bytes.fail(kZip, end, str("the directory, which begins at ", directory), "other bytes");
  }
}

}  // namespace

ZipArchive ZipArchive::open(Bytes bytes, const Limits& limits) {
  ZipArchive archive;
  const ZipDirectory directory = read_zip_directory(bytes, limits);
  archive.members_ = directory.members;
  check_tiling(bytes, archive.members_, directory.begin);
  const auto& members = archive.members_;
  auto& by_name = archive.by_name_;
  by_name.resize(members.size());
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  std::sort(by_name.begin(), by_name.end(),
            [&](std::size_t a, std::size_t b) { return members[a].name < members[b].name; });
  for (std::size_t i = 1; i < by_name.size(); ++i) {
    const Member& member = members[by_name[i]];
    if (member.name == members[by_name[i - 1]].name) {
      bytes.fail(kZip, member.header, "each name once", str(in_quotes(member.name), " twice"));
    }
  }
  std::uint64_t unpacked = 0;
  for (const Member& member : members) {
    if (member.is_packed) unpacked = sum(unpacked, member.size);
  }
  const std::uint64_t most = unpacked_limit(limits, bytes.size());
  if (unpacked > most) {
    bytes.fail(kZip, directory.begin, str("members that unpack to ", most, " bytes at most"),
               str(unpacked));
  }
  archive.bytes_ = std::move(bytes);
  archive.limits_ = limits;
  return archive;
}

const ZipArchive::Member* ZipArchive::find(std::string_view name) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](std::size_t i, std::string_view wanted) { return members_[i].name < wanted; });
  if (found == by_name_.end() || members_[*found].name != name) return nullptr;
  return &members_[*found];
}

Bytes ZipArchive::read(const Member& member) const {
  if (member.is_packed) return unpacked(member);
  Bytes data = bytes_.part(member.begin, member.size).member(member.name);
  if (member.size <= limits_.checked_bytes) check(member, data);
  return data;
}

void ZipArchive::verify(const Member& member) const {
  if (member.is_packed) {
    unpacked(member);
  } else {
    check(member, bytes_.part(member.begin, member.size).member(member.name));
  }
}

void ZipArchive::check(const Member& member, const Bytes& data) const {
  const std::uint32_t found = checksum(data.span());
  if (found != member.checksum) {
    data.fail(kZip, 0, str("bytes of the checksum ", member.checksum), str(found));
  }
}

Bytes ZipArchive::unpacked(const Member& member) const {
  const Bytes packed = bytes_.part(member.begin, member.packed_size).member(member.name);
  const Bytes data =
      packed.unpacked(inflate(packed, Deflated::kRaw, member.size, kZip), member.size, member.name);
  check(member, data);
  return data;
}

}  // namespace keratin::formats
