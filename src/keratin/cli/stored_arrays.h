// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "keratin/formats/array.h"
#include "keratin/formats/bytes.h"

namespace keratin::cli {

/// The arrays of a file by name: of an HDF5 file by path ("layers/dense/vars/0"), also of the one
/// in a `.keras` archive; of npz and safetensors by theirs; the one of an npy file has none. Their
/// numbers are not read. Empty for the text of an architecture. Throws FormatError.
std::vector<std::pair<std::string, formats::Array>> stored_arrays(const formats::Bytes& file);

/// Whether that array is of an optimizer, not of a model.
bool is_of_optimizer(const std::string& name);

/// How many numbers of the array are NaN or infinite: reads it.
std::int64_t count_not_finite(const formats::Array& array);

}  // namespace keratin::cli
