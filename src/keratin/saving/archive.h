// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/saving/legacy_writer.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/tensor/tensor.h"

/// Files that Keras 3 opens. They take their places when they are whole. Not installed.
namespace keratin::saving {

/// Throws std::invalid_argument where the path is taken and must not be overwritten.
void require_free(const std::string& path, bool overwrite);

/// A `.keras` archive, with `assets` by name. Throws FileError; std::invalid_argument where the
/// path is taken and must not be overwritten.
void write_archive(const std::string& path, bool overwrite, const Config& config,
                   const WeightPaths& paths, std::vector<Tensor> optimizer_state,
                   std::span<const std::pair<std::string, std::string>> assets = {});

/// The bytes of such an archive.
std::string archive_bytes(const Config& config, const WeightPaths& paths,
                          std::vector<Tensor> optimizer_state);

/// A `.weights.h5` file. Throws as above.
void write_weights(const std::string& path, bool overwrite, const WeightPaths& paths,
                   std::vector<Tensor> optimizer_state);

/// A whole model as HDF5 of Keras 2's kind (legacy_writer.h). Throws as above.
void write_legacy(const std::string& path, bool overwrite, const Config& config,
                  const Config& compile_config, const WeightPaths& paths, NamedState state);

}  // namespace keratin::saving
