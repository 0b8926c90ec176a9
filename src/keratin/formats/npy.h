// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/array.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/sink.h"

namespace keratin::formats {

/// The array of a .npy file of version 1 to 3: a part of its bytes where they are as ours; columns
/// first and big-endian ones are copied. Objects, which NumPy pickles, are refused. Throws
/// FormatError.
Array read_npy(const Bytes& bytes);

/// The arrays of an .npz archive, by name without ".npy", in the archive's order. Throws
/// FormatError.
std::vector<std::pair<std::string, Array>> read_npz(const Bytes& bytes, const Limits& limits = {});

/// The begin of a .npy file: of version 1, 128 bytes or a few more, a multiple of 64. Its elements
/// follow.
std::string npy_header(const Shape& shape, Element element);

}  // namespace keratin::formats
