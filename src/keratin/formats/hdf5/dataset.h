// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/formats/array.h"
#include "keratin/formats/hdf5/header.h"
#include "keratin/formats/hdf5/links.h"
#include "keratin/formats/hdf5/space.h"
#include "keratin/formats/hdf5/type.h"

namespace keratin::formats::hdf5 {

/// A part of an array that is stored by itself, packed or not.
struct Chunk {
  Bytes bytes;
  std::vector<std::uint64_t> begin;  ///< its first element
  std::uint32_t left_out = 0;        ///< a bit for each filter that was not used
};

enum class Filter : std::uint8_t { kDeflate, kShuffle, kFletcher32 };

/// An array as it lies in a file: in one piece, or in chunks.
struct Dataset {
  Type type;
  Extent extent;
  bool is_chunked = false;
  Bytes bytes;  ///< in one piece
  std::vector<std::uint64_t> chunk_shape;
  std::vector<Chunk> chunks;
  std::vector<Filter> filters;  ///< in the order of writing

  /// The numbers: a part of the file's bytes where they lie in one piece, little-endian; otherwise
  /// memory of its own. `is_bfloat16` says what opaque elements of two bytes are. `path` is for
  /// errors.
  Array array(std::string_view path, bool is_bfloat16) const;
};

/// Takes the bytes of a dataset and its chunks. Throws FormatError for what it refuses.
Dataset read_dataset(Space& space, const NodeSizes& sizes, const std::vector<Message>& messages);

}  // namespace keratin::formats::hdf5
