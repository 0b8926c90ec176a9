// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/unpack.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <zlib.h>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"

namespace keratin::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kGzipMark = "\x1F\x8B"sv;
constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, and a gzip header
constexpr std::size_t kUnpackStep = std::size_t{1} << 20;

struct Kind {
  std::string_view mark;
  std::string_view words;
};
constexpr Kind kNoText[] = {
    {"version https://git-lfs"sv,
     "the pointer that Git LFS leaves in place of a file: fetch it by `git lfs pull`"},
    {"PK\x03\x04"sv, "a zip archive (xlsx, docx ...); unpack it, or save it as csv"},
    {"\xFD"
     "7zXZ\0"sv,
     "packed with xz; unpack it first: xz -dc FILE | keratin train -"},
    {"BZh"sv, "packed with bzip2; unpack it first: bzip2 -dc FILE | keratin train -"},
    {"\x28\xB5\x2F\xFD"sv, "packed with zstd; unpack it first: zstd -dc FILE | keratin train -"},
    {"\x1F\x9D"sv, "packed with compress; unpack it first: zcat FILE | keratin train -"},
    {"PAR1"sv, "a Parquet file; save it as csv or jsonl"},
    {"ARROW1"sv, "an Arrow file; save it as csv or jsonl"},
    {"SQLite format 3\0"sv, "an SQLite database; write the table as csv"},
    {"%PDF-"sv, "a PDF"},
    {"\xD0\xCF\x11\xE0"sv, "an old Office file (xls, doc); save it as csv"},
    {"\x89HDF"sv, "an HDF5 file"},
    {"\x7F"
     "ELF"sv,
     "a program"},
    {"\0\0\xFE\xFF"sv, "UTF-32; save it as UTF-8"},
    {"\xFF\xFE\0\0"sv, "UTF-32; save it as UTF-8"},
};

/// The bytes of a code unit of UTF-16 by their order; none where the text is not UTF-16.
struct ByteOrder {
  std::size_t high, low;
  std::size_t mark;  // bytes to pass over
};

std::optional<ByteOrder> utf16_of(std::string_view bytes) {
  if (bytes.starts_with("\xFE\xFF"sv)) return ByteOrder{0, 1, 2};
  if (bytes.starts_with("\xFF\xFE"sv)) return ByteOrder{1, 0, 2};
  // Without a mark: every other byte of ASCII is 0, and text has no other zeros.
  constexpr std::size_t kLooked = 64;
  const std::string_view start = bytes.substr(0, kLooked);
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < start.size(); ++i) zeros[i % 2] += start[i] == '\0';
  if (start.size() < 4 || (zeros[0] > 0) == (zeros[1] > 0)) return std::nullopt;
  if (std::max(zeros[0], zeros[1]) * 4 < start.size()) return std::nullopt;
  return zeros[0] > 0 ? ByteOrder{0, 1, 0} : ByteOrder{1, 0, 0};
}

}  // namespace

std::string name_of_input(const std::string& path) {
  return path == kStandardInput ? std::string("standard input") : path;
}

bool is_gzip(std::string_view bytes) { return bytes.starts_with(kGzipMark); }

std::string unpacked_gzip(const std::string& name, std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  std::string out, piece(kUnpackStep, '\0');
  const auto give = [&] {
    const std::string_view part = bytes.substr(0, kUnpackStep);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    stream.avail_in = static_cast<uInt>(part.size());
    bytes.remove_prefix(part.size());
  };
  for (int state = Z_OK;;) {
    check_interrupt();
    if (stream.avail_in == 0) give();
    if (state == Z_STREAM_END) {
      // gzip files may follow one another: `cat a.gz b.gz`. Zeros at the end are padding of tapes.
      while (stream.avail_in > 0 && *stream.next_in == 0) ++stream.next_in, --stream.avail_in;
      if (stream.avail_in == 0 && bytes.empty()) return out;
      if (stream.avail_in == 0) continue;
      inflateReset(&stream);
    }
    if (stream.avail_in == 0) throw InputError(name, "the gzip data end too early");
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    if (state == Z_MEM_ERROR) throw std::bad_alloc();
    if (state != Z_OK && state != Z_STREAM_END) {
      throw InputError(name, str("the gzip data are broken", stream.msg ? ": " : "",
                                 stream.msg ? stream.msg : ""));
    }
    out.append(piece, 0, piece.size() - stream.avail_out);
  }
}

void refuse_what_is_no_text(const std::string& name, std::string_view bytes) {
  for (const Kind& kind : kNoText) {
    if (bytes.starts_with(kind.mark)) throw InputError(name, str("this is ", kind.words, "."));
  }
}

std::string as_utf8(const std::string& name, std::string bytes) {
  constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF"sv;
  if (bytes.starts_with(kUtf8Mark)) bytes.erase(0, kUtf8Mark.size());
  const auto order = utf16_of(bytes);
  if (!order) return bytes;
  if (bytes.size() % 2 != 0)
    throw InputError(name, "UTF-16 that ends in the middle of a character");
  const auto unit = [&](std::size_t i) {
    const auto byte = [&](std::size_t j) {
      return static_cast<char32_t>(static_cast<unsigned char>(bytes[j]));
    };
    return (byte(i + order->high) << 8) | byte(i + order->low);
  };
  const auto is_half = [](char32_t code, char32_t first) { return (code & 0xFC00) == first; };
  constexpr char32_t kHigh = 0xD800, kLow = 0xDC00;
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t i = order->mark; i < bytes.size(); i += 2) {
    char32_t code = unit(i);
    if (is_half(code, kHigh) && i + 2 < bytes.size() && is_half(unit(i + 2), kLow)) {
      i += 2;
      code = 0x10000 + ((code - kHigh) << 10) + (unit(i) - kLow);
    } else if (is_half(code, kHigh) || is_half(code, kLow)) {
      code = utf8::kReplacement;
    }
    utf8::append(text, code);
  }
  return text;
}

}  // namespace keratin::cli
