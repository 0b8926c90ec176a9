// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/zip_writer.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/base/utf8.h"
#include "keratin/formats/crc32.h"
#include "keratin/formats/little_endian.h"

namespace keratin::formats {
namespace {

constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersionWide = 45;
constexpr std::uint16_t kUtf8Flag = 1U << 11;
constexpr std::uint32_t kTime = 0x00210000;  // 1980-01-01, 0:00: the first that zip knows
constexpr std::uint32_t kSaturated = 0xFFFFFFFF;
constexpr std::uint16_t kPadding = 0xd935;  // as Android's zipalign has it
constexpr std::uint64_t kLocalSize = 30;
constexpr std::uint64_t kChecksumPlace = 14;

bool is_wide(std::uint64_t number) { return number >= kSaturated; }
std::uint32_t narrow(std::uint64_t number) {
  return is_wide(number) ? kSaturated : static_cast<std::uint32_t>(number);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// What local headers and entries have in common.
void append_common(LittleEndian& out, const std::string& name, std::uint32_t checksum,
                   std::uint64_t size) {
  out.u16(is_wide(size) ? kVersionWide : kVersion);
  out.u16(is_ascii(name) ? std::uint16_t{0} : kUtf8Flag);
  out.u16(0);  // stored
  out.u32(kTime);
  out.u32(checksum);
  out.u32(narrow(size));
  out.u32(narrow(size));
  out.u16(static_cast<std::uint16_t>(name.size()));
}

/// A member on its way to the archive.
class MemberSink final : public Sink {
 public:
  explicit MemberSink(Sink& sink) : sink_(sink), begin_(sink.position()) {}
  using Sink::write;
  void write(std::span<const std::byte> data) override {
    checksum_ = formats::checksum(data, checksum_);
    sink_.write(data);
  }
  void write_at(std::uint64_t, std::span<const std::byte>) override {
    wrong_moment("zip", "a member is written from its begin to its end.");
  }
  std::uint64_t position() const override { return sink_.position() - begin_; }
  std::uint32_t checksum() const { return checksum_; }

 private:
  Sink& sink_;
  std::uint64_t begin_;
  std::uint32_t checksum_ = 0;
};

}  // namespace

void ZipWriter::add(const std::string& name, std::string_view data) {
  add(name, data.size(), [&](Sink& sink) { sink.write(data); });
}

void ZipWriter::add(const std::string& name, std::uint64_t size,
                    const std::function<void(Sink&)>& fill) {
  const bool is_bad = name.empty() || name.size() > 4096 || !utf8::is_valid(name) ||
                      name.find_first_of(std::string_view("\\\0", 2)) != std::string::npos ||
                      str("/", name, "/").find("/../") != std::string::npos ||
                      str("/", name, "/").find("/./") != std::string::npos ||
                      str("/", name, "/").find("//") != std::string::npos ||
                      (name.size() > 1 && name[1] == ':');
  if (is_bad)
    invalid_argument("zip", "a member's name is a relative path. Received: ", in_quotes(name));
  if (!names_.insert(name).second) {
    invalid_argument("zip", "there is a member ", in_quotes(name), " already.");
  }
  const std::uint64_t header = sink_.position();
  LittleEndian local;
  local.text("PK\x03\x04");
  append_common(local, name, 0, size);
  const std::uint64_t wide = is_wide(size) ? 20 : 0;
  const std::uint64_t begin = header + kLocalSize + name.size() + wide;
  std::uint64_t padding = (kAlignment - begin % kAlignment) % kAlignment;
  if (padding > 0 && padding < 4) padding += kAlignment;  // a field has a head of 4 bytes
  local.u16(static_cast<std::uint16_t>(wide + padding));
  local.text(name);
  if (wide != 0) {
    local.u16(1);
    local.u16(16);
    local.u64(size);
    local.u64(size);
  }
  if (padding != 0) {
    local.u16(kPadding);
    local.u16(static_cast<std::uint16_t>(padding - 4));
    local.zeros(padding - 4);
  }
  sink_.write(local.bytes());
  MemberSink member(sink_);
  fill(member);
  if (member.position() != size) {
    wrong_moment("zip", "the member ", in_quotes(name), " of ", size, " bytes got ",
                 member.position(), ".");
  }
  LittleEndian checksum;
  checksum.u32(member.checksum());
  sink_.write_at(header + kChecksumPlace, checksum.bytes());
  entries_.push_back({name, member.checksum(), size, header});
}

void ZipWriter::finish() {
  const std::uint64_t begin = sink_.position();
  for (const Entry& entry : entries_) {
    LittleEndian wide;
    if (is_wide(entry.size)) {
      wide.u64(entry.size);
      wide.u64(entry.size);
    }
    if (is_wide(entry.header)) wide.u64(entry.header);
    const auto wide_size = static_cast<std::uint16_t>(wide.bytes().size());
    LittleEndian out;
    out.text("PK\x01\x02");
    out.u16(
        static_cast<std::uint16_t>(3 << 8 | (wide_size > 0 ? kVersionWide : kVersion)));  // Unix
    append_common(out, entry.name, entry.checksum, entry.size);
    out.u16(wide_size > 0 ? static_cast<std::uint16_t>(wide_size + 4) : std::uint16_t{0});
    out.zeros(2 + 2 + 2);     // comment, disk, internal attributes
    out.u32(0100644U << 16);  // a file that others may read
    out.u32(narrow(entry.header));
    out.text(entry.name);
    if (wide_size > 0) {
      out.u16(1);
      out.u16(wide_size);
      out.text(wide.bytes());
    }
    sink_.write(out.bytes());
  }
  const std::uint64_t size = sink_.position() - begin;
  const std::uint64_t count = entries_.size();
  LittleEndian out;
  if (count >= 0xFFFF || is_wide(size) || is_wide(begin)) {
    const std::uint64_t record = sink_.position();
    out.text("PK\x06\x06");
    out.u64(44);
    out.u16(3 << 8 | kVersionWide);
    out.u16(kVersionWide);
    out.zeros(8);
    out.u64(count);
    out.u64(count);
    out.u64(size);
    out.u64(begin);
    out.text("PK\x06\x07");
    out.u32(0);
    out.u64(record);
    out.u32(1);
  }
  out.text("PK\x05\x06");
  out.zeros(4);
  out.u16(static_cast<std::uint16_t>(std::min<std::uint64_t>(count, 0xFFFF)));
  out.u16(static_cast<std::uint16_t>(std::min<std::uint64_t>(count, 0xFFFF)));
  out.u32(narrow(size));
  out.u32(narrow(begin));
  out.u16(0);
  sink_.write(out.bytes());
}

}  // namespace keratin::formats
