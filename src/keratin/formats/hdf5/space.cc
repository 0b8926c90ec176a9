// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/space.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "keratin/formats/inflate.h"

namespace keratin::formats::hdf5 {

void Space::claim(std::uint64_t at, std::uint64_t size, std::string_view what) {
  if (!fits(at, size, bytes_.size())) {
    fail(std::min(at, bytes_.size()), str(what, " of ", size, " bytes inside the file"),
         str("byte ", at, " of ", bytes_.size()));
  }
  taken_bytes_ += size;
  if (taken_bytes_ > bytes_.size()) {
    fail(at, str(what, " that shares its bytes with nothing"),
         "a circle, or two names for one thing");
  }
  if (size > 0) taken_.push_back({at, at + size, what});
}

Bytes Space::take(std::uint64_t at, std::uint64_t size, std::string_view what) {
  claim(at, size, what);
  return bytes_.part(at, size);
}

void Space::count_object(std::uint64_t at) {
  const std::uint64_t most = limits_.objects != 0
                                 ? limits_.objects
                                 : std::max<std::uint64_t>(100'000, bytes_.size() / 1024);
  if (++objects_ > most) fail(at, str(most, " groups, arrays and attributes at most"), "more");
}

void Space::count_unpacked(std::uint64_t at, std::uint64_t size) {
  unpacked_ = sum(unpacked_, size);
  const std::uint64_t most = unpacked_limit(limits_, bytes_.size());
  if (unpacked_ > most) {
    fail(at, str("arrays that unpack to ", most, " bytes at most"), str(unpacked_));
  }
}

void Space::check_overlaps() {
  std::sort(taken_.begin(), taken_.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < taken_.size(); ++i) {
    if (taken_[i].begin < taken_[i - 1].end) {
      fail(taken_[i].begin, str(taken_[i].what, " apart from others"),
           str("the end of a ", taken_[i - 1].what, " at ", taken_[i - 1].end));
    }
  }
}

std::uint32_t lookup3(std::span<const std::byte> data) {
  const auto start = 0xdeadbeefU + static_cast<std::uint32_t>(data.size());
  std::uint32_t a = start, b = start, c = start;
  const auto add = [&](std::size_t size) {
    std::uint32_t words[3] = {};
    std::memcpy(words, data.data(), size);
    a += words[0], b += words[1], c += words[2];
    data = data.subspan(size);
  };
  while (data.size() > 12) {
    add(12);
    a -= c, a ^= std::rotl(c, 4), c += b;
    b -= a, b ^= std::rotl(a, 6), a += c;
    c -= b, c ^= std::rotl(b, 8), b += a;
    a -= c, a ^= std::rotl(c, 16), c += b;
    b -= a, b ^= std::rotl(a, 19), a += c;
    c -= b, c ^= std::rotl(b, 4), b += a;
  }
  if (data.empty()) return c;
  add(data.size());
  c ^= b, c -= std::rotl(b, 14);
  a ^= c, a -= std::rotl(c, 11);
  b ^= a, b -= std::rotl(a, 25);
  c ^= b, c -= std::rotl(b, 16);
  a ^= c, a -= std::rotl(c, 4);
  b ^= a, b -= std::rotl(a, 14);
  c ^= b, c -= std::rotl(b, 24);
  return c;
}

void check_lookup3(const Bytes& structure, std::string_view what) {
  const std::uint64_t size = structure.size() - 4;
  Reader reader(structure, kHdf5, size);
  const std::uint32_t wanted = reader.u32("checksum");
  const std::uint32_t found = lookup3(structure.span().first(static_cast<std::size_t>(size)));
  if (wanted != found) {
    structure.fail(kHdf5, size, str("the checksum of the ", what, ", ", wanted), str(found));
  }
}

}  // namespace keratin::formats::hdf5
