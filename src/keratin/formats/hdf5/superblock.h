// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/formats/hdf5/links.h"
#include "keratin/formats/hdf5/space.h"

namespace keratin::formats::hdf5 {

/// The first bytes of a file: where the root group is.
struct Superblock {
  NodeSizes sizes;
  Link root;
};

/// Of version 0 to 3. Refuses files that say to be longer or shorter than they are.
Superblock read_superblock(Space& space);

/// The 8 bytes with which every HDF5 file begins.
inline constexpr std::string_view kSignature{"\x89HDF\r\n\x1a\n", 8};

}  // namespace keratin::formats::hdf5
