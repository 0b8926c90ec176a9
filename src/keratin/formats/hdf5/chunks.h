// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/formats/hdf5/dataset.h"

namespace keratin::formats::hdf5 {

/// The rest of a layout message of an array in chunks, and where they lie.
void read_chunks(Space& space, const NodeSizes& sizes, std::uint8_t version, Reader& layout,
                 Dataset& dataset);

/// The array of its chunks, in memory of its own.
Bytes unpacked_chunks(const Dataset& dataset);

}  // namespace keratin::formats::hdf5
