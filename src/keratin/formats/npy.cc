// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/checked.h"
#include "keratin/formats/little_endian.h"
#include "keratin/formats/reader.h"
#include "keratin/formats/zip.h"

/// numpy/lib/format.py describes the format.
namespace keratin::formats {
namespace {

constexpr std::string_view kNpy = "npy";
constexpr std::string_view kMagic{"\x93NUMPY", 6};
constexpr std::uint64_t kMostHeader = 10'000;  // NumPy's own limit

struct Code {
  std::string_view name;
  Element element;
};
constexpr Code kCodes[] = {
    {"b1", Element::kBool},    {"i1", Element::kInt8},    {"u1", Element::kUint8},
    {"i2", Element::kInt16},   {"u2", Element::kUint16},  {"i4", Element::kInt32},
    {"u4", Element::kUint32},  {"i8", Element::kInt64},   {"u8", Element::kUint64},
    {"f2", Element::kFloat16}, {"f4", Element::kFloat32}, {"f8", Element::kFloat64}};

struct Header {
  std::string descr;
  bool is_columns = false;
  Shape shape;
};

/// Reads the dict of Python that NumPy writes, {'descr': '<f4', 'fortran_order': False, 'shape':
/// (3, 4), }, its keys in any order. It is no program: these three values and nothing else.
class HeaderReader {
 public:
  HeaderReader(const Bytes& bytes, std::uint64_t at, std::string_view text)
      : bytes_(bytes), begin_(at), text_(text) {}

  Header read() {
    Header header;
    int seen = 0;
    take("{");
    while (!next_is("}")) {
      const std::string key = quoted_text();
      take(":");
      if (key == "descr") {
        if (next_is("[")) fail("numbers", "fields (a structured type)");
        header.descr = quoted_text();
        seen |= 1;
      } else if (key == "fortran_order") {
        header.is_columns = next_is("True");
        take(header.is_columns ? "True" : "False");
        seen |= 2;
      } else if (key == "shape") {
        header.shape = tuple();
        seen |= 4;
      } else {
        fail("descr, fortran_order and shape", in_quotes(key));
      }
      if (!next_is("}")) take(",");
    }
    take("}");
    skip_blanks();
    if (at_ != text_.size() || seen != 7)
      fail("descr, fortran_order and shape alone", "another header");
    return header;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool next_is(std::string_view word) {
    skip_blanks();
    return text_.substr(at_, word.size()) == word;
  }
  void take(std::string_view word) {
    if (!next_is(word)) fail(in_quotes(word), in_quotes(text_.substr(at_, 20)));
    at_ += word.size();
  }
  std::string quoted_text() {
    const char quote = next_is("\"") ? '"' : '\'';
    take(std::string_view(&quote, 1));
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("the end of a string", "none");
    std::string text(text_.substr(at_, end - at_));
    at_ = end + 1;
    return text;
  }
  Shape tuple() {
    Shape shape;
    std::uint64_t size = 1;
    take("(");
    while (!next_is(")")) {
      std::int64_t dim = 0;
      skip_blanks();
      const char* first = text_.data() + at_;
      const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0 || shape.rank() == 32) {
        fail("32 sizes at most, from 0 on", in_quotes(text_.substr(at_, 20)));
      }
      at_ += static_cast<std::size_t>(end - first);
      size = product(size, static_cast<std::uint64_t>(std::max<std::int64_t>(dim, 1)));
      shape.push_back(dim);
      if (!next_is(")")) take(",");
    }
    take(")");
    if (size >= std::uint64_t{1} << 59) fail("fewer than 2^59 elements", str(shape));
    return shape;
  }
  [[noreturn]] void fail(std::string expected, std::string found) const {
    bytes_.fail(kNpy, begin_ + at_, std::move(expected), std::move(found));
  }

  const Bytes& bytes_;
  std::uint64_t begin_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The elements in our order, in memory of their own.
Bytes reordered(const Bytes& data, const Header& header, std::size_t size, bool is_swapped) {
  const auto count = static_cast<std::size_t>(header.shape.size());
  std::shared_ptr<std::byte[]> out;
  try {
    out.reset(new std::byte[count * size]);
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(str("[npy] ", count * size, " bytes for an array."));
  }
  const std::size_t rank = header.shape.rank();
  std::vector<std::size_t> steps(rank, 1), index(rank, 0);
  for (std::size_t axis = 1; axis < rank; ++axis) {
    steps[axis] = steps[axis - 1] * static_cast<std::size_t>(header.shape[axis - 1]);
  }
  std::size_t from = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::byte* to = out.get() + i * size;
    std::memcpy(to, data.data() + (header.is_columns ? from : i) * size, size);
    if (is_swapped) std::reverse(to, to + size);
    for (std::size_t axis = rank; header.is_columns && axis-- > 0;) {
      from += steps[axis];
      if (++index[axis] < static_cast<std::size_t>(header.shape[axis])) break;
      from -= steps[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return data.unpacked(std::move(out), count * size, data.member());
}

}  // namespace

Array read_npy(const Bytes& bytes) {
  Reader reader(bytes, kNpy);
  reader.expect(kMagic, "a .npy file");
  const std::uint8_t version = reader.u8("version");
  reader.expect_number<std::uint8_t>(0, "minor version");
  if (version < 1 || version > 3) reader.fail_at(6, "version 1 to 3", str(version));
  const std::uint64_t size =
      version == 1 ? reader.u16("length of the header") : reader.u32("length of the header");
  if (size > kMostHeader) reader.fail("a header of 10,000 bytes at most", str(size));
  const std::uint64_t at = reader.at();
  const Header header = HeaderReader(bytes, at, reader.text(size, "header")).read();
  const std::string_view descr = header.descr;
  if (descr.find('O') != std::string_view::npos) {
    reader.fail_at(at, "numbers", "objects, which NumPy has pickled; they are refused");
  }
  const auto* known = std::find_if(std::begin(kCodes), std::end(kCodes), [&](const Code& code) {
    return descr.size() == 3 && descr.substr(1) == code.name;
  });
  if (known == std::end(kCodes) ||
      std::string_view("<>|=").find(descr[0]) == std::string_view::npos) {
    reader.fail_at(at, "a known type of numbers", in_quotes(descr));
  }
  const std::size_t element = size_of(known->element);
  const std::uint64_t wanted = product(static_cast<std::uint64_t>(header.shape.size()), element);
  if (reader.left() != wanted) {
    reader.fail(str(wanted, " bytes of shape ", header.shape), str(reader.left()));
  }
  Array array = {header.shape, known->element, bytes.part(reader.at(), wanted)};
  const bool is_swapped = descr[0] == '>' && element > 1;
  if (is_swapped || (header.is_columns && header.shape.rank() > 1)) {
    array.bytes = reordered(array.bytes, header, element, is_swapped);
  }
  return array;
}

std::vector<std::pair<std::string, Array>> read_npz(const Bytes& bytes, const Limits& limits) {
  const ZipArchive archive = ZipArchive::open(bytes, limits);
  std::vector<std::pair<std::string, Array>> arrays;
  for (const ZipArchive::Member& member : archive.members()) {
    if (!member.name.ends_with(".npy")) {
      bytes.fail(kNpy, member.header, "members of .npy files", in_quotes(member.name));
    }
    arrays.emplace_back(member.name.substr(0, member.name.size() - 4),
                        read_npy(archive.read(member)));
  }
  return arrays;
}

std::string npy_header(const Shape& shape, Element element) {
  const auto* code = std::find_if(std::begin(kCodes), std::end(kCodes),
                                  [&](const Code& one) { return one.element == element; });
  if (code == std::end(kCodes)) {
    invalid_argument("npy", "NumPy has no ", to_string(element), ".");
  }
  std::string text = str("{'descr': '", size_of(element) == 1 ? "|" : "<", code->name,
                         "', 'fortran_order': False, 'shape': ", shape, ", }");
  constexpr std::size_t kHead = 10;
  text.append((64 - (kHead + text.size() + 1) % 64) % 64, ' ');
  text += '\n';
  LittleEndian out;
  out.text(kMagic);
  out.u8(1);
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(text.size()));
  out.text(text);
  return out.bytes();
}

}  // namespace keratin::formats
