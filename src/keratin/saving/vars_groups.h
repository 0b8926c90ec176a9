// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/formats/hdf5/file.h"

namespace keratin::saving {

/// The groups called "vars" of a weights file of Keras 3's kind, by the path of what they are in:
/// "layers/dense", "optimizer"; that of the root is "". tf.keras on Windows wrote backslashes in
/// paths, and some versions other words for "layers": they are found as all others. Not installed.
class VarsGroups {
 public:
  explicit VarsGroups(const formats::hdf5::Object& root) { add(root, ""); }

  /// Null where there is none. MultiHeadAttention calls its parts query_dense ..., in tf.keras
  /// _query_dense ...: both are found.
  const formats::hdf5::Object* find(std::string_view path) const;
  static std::string in_tf_keras(std::string_view path);
  /// The arrays "0", "1" ... of one. Throws FormatError where it has
  /// others than these and "idf_weights".
  static std::vector<formats::hdf5::Object> arrays(const formats::hdf5::Object& vars);
  /// Of all that have arrays, sorted.
  std::vector<std::string> paths_with_arrays() const;

 private:
  void add(const formats::hdf5::Object& group, const std::string& path);
  std::map<std::string, formats::hdf5::Object, std::less<>> groups_;
};

}  // namespace keratin::saving
