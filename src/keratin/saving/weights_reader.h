// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/tensor/tensor.h"

/// Weights out of HDF5 files of every Keras. Not installed.
namespace keratin::layers {
class Discretization;
}

namespace keratin::saving {

/// What is odd and no error: in whole sentences.
using Warn = std::function<void(std::string_view)>;

struct ReadOptions {
  bool skip_mismatch = false;  // a layer whose weights do not fit keeps those that it has
  bool by_name = false;        // of a legacy file: layers by their names, not in their order
  bool mmap = true;            // tables lie in the file where they can (LoadOptions)
  Warn warn = [](std::string_view) {};
};

/// Weights that were read and fit, and are not assigned yet: all, or none.
class ReadWeights {
 public:
  explicit ReadWeights(const ReadOptions& options) : mmap_(options.mmap) {}
  void add(std::shared_ptr<Variable> weight, const formats::Array& array);
  void add(std::shared_ptr<Variable> weight, Tensor value);
  /// What a layer of tf.keras learned, where a file has it as a weight.
  void add(layers::Discretization* layer, Tensor summary);
  /// What was read besides, behind these.
  void add(ReadWeights&& others);
  /// By path the shapes of what comes for weights that have another one now.
  std::unordered_map<std::string_view, Shape> other_shapes() const;
  /// What has been added. Throws OutOfMemory where a table has no room; then nothing has changed.
  void assign() const;

 private:
  struct Entry {
    std::shared_ptr<Variable> weight;
    Tensor value;
  };
  bool mmap_;
  std::vector<Entry> entries_;
  std::vector<std::pair<layers::Discretization*, Tensor>> summaries_;
};

/// What `add` reads of a layer, or with skip_mismatch a warning in its place.
template <class Add>
void add_or_skip(const std::string& name, const ReadOptions& options, ReadWeights& found,
                 Add&& add) {
  if (!options.skip_mismatch) return add(found);
  ReadWeights of_layer(options);
  try {
    add(of_layer);
  } catch (const FormatError& error) {
    options.warn(str("layer '", name, "' keeps the weights that it has: ", error.what()));
    return;
  }
  found.add(std::move(of_layer));
}

/// float32 of the array's numbers, or int64 of integers.
Tensor tensor_of(const formats::Array& array);
/// As numbers of that type. Throws FormatError where they do not fit it.
Tensor numbers_of(const formats::Array& array, DType dtype);

/// Whether the file is of Keras 1's and 2's kind, which Keras 3 writes too: weights by the names of
/// layers. `group`: the root, or "model_weights".
bool is_legacy(const formats::hdf5::Object& group);

/// The arrays that a group of a legacy file lists as its "weight_names", in that order; nothing
/// where it lists none. Throws FormatError where one is not there.
std::optional<std::vector<formats::hdf5::Object>> listed_arrays(const formats::hdf5::Object& group);

/// Of Keras 3's kind: weights by path (weight_paths.h). Throws FormatError that names the array or
/// group, with what the model needs there.
ReadWeights read_weights(const formats::hdf5::Object& root, const WeightPaths& paths,
                         const ReadOptions& options);

/// Of Keras 1's and 2's kind. Throws as above.
ReadWeights read_legacy_weights(const formats::hdf5::Object& group, const WeightPaths& paths,
                                const ReadOptions& options);

}  // namespace keratin::saving
