// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/shape.h"
#include "keratin/formats/array.h"

namespace keratin::formats::hdf5 {

/// Bodies of messages, as h5py writes them.
std::string written_type(Element element);
/// A UTF-8 string of any length.
std::string written_string_type();
std::string written_extent(const Shape& shape);

}  // namespace keratin::formats::hdf5
