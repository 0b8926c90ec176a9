// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/formats/bytes.h"
#include "keratin/tensor/tensor.h"

/// A file of weights without its model: what can be looked at and edited. Not installed.
namespace keratin::saving {

struct WeightsTree {
  /// Each array by its path in the file, "layers/dense/vars/0", in the order of the file.
  std::vector<std::pair<std::string, Tensor>> arrays;
  /// What the groups say of their names: {"layers/dense/vars", "dense_5"}.
  std::vector<std::pair<std::string, std::string>> names;
  /// The texts of an archive.
  std::optional<std::string> config = {}, metadata = {};
};

/// Of a `.keras` archive or of HDF5. Throws FormatError.
WeightsTree read_weights_tree(const formats::Bytes& bytes);

/// A `.weights.h5` file of these arrays. It takes its place when it is whole. Throws FileError, and
/// std::invalid_argument for a path in it that is none, or is taken.
void write_weights_tree(const std::string& path,
                        const std::vector<std::pair<std::string, Tensor>>& arrays);

}  // namespace keratin::saving
