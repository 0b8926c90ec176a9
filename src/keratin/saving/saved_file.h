// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/formats/bytes.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/saving/generations.h"
#include "keratin/saving/named_weights.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/vocabularies.h"
#include "keratin/saving/weights_reader.h"

namespace keratin::saving {

/// A file with a model or weights, from any Keras. What it is its bytes say, never its name: a
/// `.keras` archive, an HDF5 file with a whole model or weights, or the text of an architecture.
/// Threads: const. Not installed.
class SavedFile {
 public:
  /// Throws FormatError for what is none of these, and says so of files that stand for others (an
  /// empty one, a Git LFS pointer). `folder`: in which it lies, for weights that lie in several
  /// files; empty: it is memory.
  static SavedFile open(const formats::Bytes& bytes, const std::string& folder = {});
  /// The file at a path. Throws FileError too.
  static SavedFile open(const std::string& path);

  /// Null where it has weights alone.
  const std::optional<Architecture>& architecture() const { return architecture_; }
  /// Keras 3's form; null where the model was not compiled.
  const Config& compile_config() const { return compile_config_; }
  bool has_weights() const { return root_.has_value() || named_.has_value(); }

  /// Gives the model, which is built, the weights, and where it is compiled and `with_optimizer`
  /// says so, the state of its optimizer. All is read and checked before anything is assigned; an
  /// optimizer whose state does not fit is as it was. Throws FormatError.
  void load_into(models::Model& model, const WeightPaths& paths, const ReadOptions& options,
                 bool with_optimizer = true) const;
  /// The state of an optimizer, in the order of `now`; nothing where the file has none, or, after a
  /// warning, another one.
  std::optional<std::vector<Tensor>> optimizer_state(const OptimizerState& now,
                                                     const Warn& warn) const;
  /// Throws FormatError that names the file: it holds the architecture, but `what` is wrong in it.
  [[noreturn]] void refuse(std::string_view member, std::string_view what) const;

 private:
  void open_archive(const formats::Bytes& bytes);
  void open_hdf5(const formats::Bytes& bytes);
  void read_config(const formats::Bytes& text, std::string_view member);
  ReadWeights read(const WeightPaths& paths, const ReadOptions& options) const;
  /// The arrays of the optimizer, as they stand; none where it has none.
  std::vector<Tensor> optimizer_arrays() const;
  StateForm form_of_state() const;
  bool is_of_old_kind() const;
  formats::hdf5::Object old_weights() const;

  formats::Bytes bytes_;
  std::optional<Architecture> architecture_;
  Config compile_config_;
  std::string keras_version_;
  std::optional<formats::hdf5::Object> root_;
  Vocabularies vocabularies_;
  std::optional<NamedArrays> named_;  // where names are all there is: safetensors, npz, shards
};

}  // namespace keratin::saving
