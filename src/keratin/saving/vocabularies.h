// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/zip.h"
#include "keratin/saving/weight_paths.h"

/// Vocabularies that layers learned. Not installed.
namespace keratin::saving {

/// Those that Keras 3 keeps beside the config, as members `assets/PATH/vocabulary.txt` of an
/// archive with a token a line; weights of "tf_idf" stand among those of the model. Ours are in the
/// config.
class Vocabularies {
 public:
  void read(const formats::ZipArchive& archive);
  /// To the layers of these paths. Throws std::invalid_argument for one that a layer cannot take.
  void give_to(const WeightPaths& paths, const std::optional<formats::hdf5::Object>& root) const;

 private:
  std::map<std::string, std::vector<std::string>> tokens_;  // by the path of a layer
};

}  // namespace keratin::saving
