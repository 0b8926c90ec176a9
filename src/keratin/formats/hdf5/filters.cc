// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/filters.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "keratin/formats/inflate.h"

/// Section IV.A.2.l of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

constexpr std::size_t kMostFilters = 32;
constexpr std::size_t kSumSize = 4;

/// As H5_checksum_fletcher32: of big-endian words of 16 bits.
std::uint32_t fletcher32(std::span<const std::byte> data) {
  std::uint32_t one = 0, two = 0;
  const auto fold = [](std::uint32_t sum) { return (sum & 0xFFFFU) + (sum >> 16); };
  std::size_t at = 0;
  while (at < data.size()) {
    const std::size_t end = std::min(data.size(), at + 720);
    for (; at < end; at += 2) {
      one += std::to_integer<std::uint32_t>(data[at]) << 8;
      if (at + 1 < end) one += std::to_integer<std::uint32_t>(data[at + 1]);
      two += one;
    }
    one = fold(one), two = fold(two);
  }
  return fold(two) << 16 | fold(one);
}

/// First all first bytes of the elements, then all second ones ...: what is left over stays last.
void unshuffle(std::span<const std::byte> from, std::size_t element, std::byte* to) {
  const std::size_t count = from.size() / element;
  for (std::size_t byte = 0; byte < element; ++byte) {
    const std::byte* source = from.data() + byte * count;
    for (std::size_t i = 0; i < count; ++i) to[i * element + byte] = source[i];
  }
  const std::size_t rest = count * element;
  std::copy(from.begin() + static_cast<std::ptrdiff_t>(rest), from.end(), to + rest);
}

Filter known_filter(const Reader& reader, std::uint64_t at, std::uint16_t id) {
  switch (id) {
    case 1:
      return Filter::kDeflate;
    case 2:
      return Filter::kShuffle;
    case 3:
      return Filter::kFletcher32;
    default:
      break;
  }
  const std::string_view name = id == 4       ? " (szip)"
                                : id == 5     ? " (nbit)"
                                : id == 6     ? " (scale and offset)"
                                : id == 32000 ? " (lzf)"
                                : id == 32001 ? " (blosc)"
                                              : "";
  reader.fail_at(at, "the filters gzip, shuffle and fletcher32", str("filter ", id, name));
}

}  // namespace

std::vector<Filter> read_filters(const Bytes& body) {
  Reader reader(body, kHdf5);
  const std::uint8_t version = reader.u8("version of filters");
  if (version != 1 && version != 2) reader.fail_at(0, "filters of version 1 or 2", str(version));
  const std::uint8_t count = reader.u8("number of filters");
  if (count > kMostFilters) reader.fail_at(1, str(kMostFilters, " filters at most"), str(count));
  if (version == 1) reader.expect_zeros(6, "reserved");
  std::vector<Filter> filters;
  for (std::uint8_t i = 0; i < count; ++i) {
    const std::uint64_t at = reader.at();
    const std::uint16_t id = reader.u16("filter");
    const std::uint64_t name = version == 1 || id >= 256 ? reader.u16("length of a name") : 0;
    reader.skip(2, "flags of a filter");
    const std::uint64_t values = reader.u16("values of a filter");
    reader.skip(version == 1 ? aligned(name, 8) : name, "name of a filter");
    reader.skip(4 * (version == 1 ? aligned(values, 2) : values), "values of a filter");
    const Filter filter = known_filter(reader, at, id);
    if (std::find(filters.begin(), filters.end(), filter) != filters.end()) {
      reader.fail_at(at, "each filter once", str("filter ", id, " twice"));
    }
    filters.push_back(filter);
  }
  return filters;
}

void FilterRoom::resize(std::size_t chunk) {
  from.resize(chunk + kSumSize);
  to.resize(chunk + kSumSize);
}

std::span<const std::byte> unfiltered(const Chunk& chunk, const Dataset& dataset, std::size_t size,
                                      FilterRoom& room) {
  std::span<const std::byte> data = chunk.bytes.span();
  for (std::size_t i = dataset.filters.size(); i-- > 0;) {
    if ((chunk.left_out >> i & 1) != 0) continue;
    switch (dataset.filters[i]) {
      case Filter::kDeflate: {
        // A checksum that was added before is packed too.
        bool is_summed = false;
        for (std::size_t k = 0; k < i; ++k) {
          is_summed = is_summed ||
                      (dataset.filters[k] == Filter::kFletcher32 && (chunk.left_out >> k & 1) == 0);
        }
        const std::span<std::byte> out(room.to.data(), size + (is_summed ? kSumSize : 0));
        const Bytes packed = data.data() == chunk.bytes.data()
                                 ? chunk.bytes.part(0, data.size())
                                 : Bytes::view(data, chunk.bytes.file()).member("a chunk");
        inflate_to(packed, Deflated::kZlib, out, kHdf5);
        data = out;
        break;
      }
      case Filter::kShuffle:
        if (data.size() > room.to.size()) {
          chunk.bytes.fail(kHdf5, 0, str("a chunk of ", size, " bytes"), str(data.size()));
        }
        unshuffle(data, dataset.type.size, room.to.data());
        data = {room.to.data(), data.size()};
        break;
      case Filter::kFletcher32: {
        std::uint32_t wanted = 0;
        if (data.size() < kSumSize) chunk.bytes.fail(kHdf5, 0, "a checksum", "none");
        data = data.first(data.size() - kSumSize);
        std::memcpy(&wanted, data.data() + data.size(), kSumSize);
        const std::uint32_t found = fletcher32(data);
        if (found != wanted) {
          chunk.bytes.fail(kHdf5, 0, str("a chunk of the checksum ", wanted), str(found));
        }
        continue;
      }
    }
    std::swap(room.from, room.to);
  }
  if (data.size() != size) {
    chunk.bytes.fail(kHdf5, 0, str("a chunk that unpacks to ", size, " bytes"), str(data.size()));
  }
  return data;
}

}  // namespace keratin::formats::hdf5
