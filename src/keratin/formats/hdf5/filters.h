// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "keratin/formats/hdf5/dataset.h"

namespace keratin::formats::hdf5 {

/// The body of a filter pipeline message. Refuses filters other than deflate, shuffle and
/// fletcher32.
std::vector<Filter> read_filters(const Bytes& body);

/// Memory for a chunk on its way through its filters.
struct FilterRoom {
  std::vector<std::byte> from, to;
  void resize(std::size_t chunk);
};

/// The `size` bytes of a chunk's elements: in the file, or in `room`. Throws FormatError.
std::span<const std::byte> unfiltered(const Chunk& chunk, const Dataset& dataset, std::size_t size,
                                      FilterRoom& room);

}  // namespace keratin::formats::hdf5
