// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "keratin/models/model.h"

/// Models as files and texts. Keras: `keras.saving`.
namespace keratin::saving {

/// Makes a loss, metric or optimizer of a class that the closed lists do not have, from its config.
using LossMaker = std::function<std::shared_ptr<const losses::Loss>(const Config& config)>;
using MetricMaker = std::function<std::shared_ptr<metrics::Metric>(const Config& config)>;
using OptimizerMaker = std::function<std::shared_ptr<optimizers::Optimizer>(const Config& config)>;
/// By class name, or by Keras's registered name ("package>Class"): functions that make what a user
/// wrote. What such a function returns says of which kind the class is.
using CustomObjects =
    std::map<std::string, std::variant<models::LayerMaker, LossMaker, MetricMaker, OptimizerMaker>,
             std::less<>>;

/// How what is read becomes a model.
struct LoadOptions {
  /// They come before the lists.
  CustomObjects custom_objects = {};
  /// None: the rule of the Keras that wrote it, or that Keratin wrote beside the config.
  std::optional<MaskPolicy> mask_policy = {};
  /// Of a file: whether the model is compiled as it was, with the state of its optimizer.
  bool compile = true;
  /// Ours: whether tables of 1 MiB or more lie in the file where it has them as they are in memory
  /// (not packed, float32, at a multiple of 4 bytes): the file is mapped, its pages are read when
  /// they are first wanted, shared with other processes, and copied one by one when they are
  /// trained. The file may be replaced, not written into (docs/guides/mapped-tables.md).
  bool mmap = true;
  /// Takes what is odd in the file and no error, in whole sentences; null: it goes unsaid.
  std::function<void(std::string_view)> warn = {};
};

/// The model whose config Model::to_json wrote, here or in any Keras since 1.0, with new weights
/// and not compiled. Throws std::runtime_error for what is no JSON, or nests deeper than 100 lists
/// and dicts, and std::invalid_argument, naming the place, for what is no config of a model.
std::shared_ptr<models::Model> model_from_json(std::string_view json,
                                               const LoadOptions& options = {});

/// The model in a file that any Keras since 1.0 saved whole: a `.keras` archive, HDF5, or the text
/// of an architecture, whose weights are new. What the file is its bytes say, not its name. Nothing
/// that a file names is run, imported or opened. Throws FileError, FormatError for what is damaged
/// or holds no model, and std::invalid_argument, naming the place, for a layer, loss, metric or
/// optimizer that is not known: give it in custom_objects; without `compile` layers alone are read.
std::shared_ptr<models::Model> load_model(const std::string& path, const LoadOptions& options = {});
/// The same of bytes in memory.
std::shared_ptr<models::Model> load_model(std::span<const std::byte> bytes,
                                          const LoadOptions& options = {});

struct LoadWeightsOptions {
  bool skip_mismatch = false;  // a layer whose weights do not fit keeps those that it has
  bool by_name = false;        // of HDF5 files of Keras 1's and 2's kind: layers by their names
  bool mmap = true;            // ours: as above
  std::function<void(std::string_view)> warn = {};  // as above
};

/// Takes over the weights, and where the model is compiled the optimizer's state, of a file that
/// load_model() takes or that has weights alone (`.weights.h5`, the index of shards, or HDF5 of
/// save_weights() in Keras 1 and 2). Throws FileError, and FormatError that names the array which
/// is missing or does not fit, what was expected and what was found; then the model is as before.
void load_weights(models::Model& model, const std::string& path,
                  const LoadWeightsOptions& options = {});

/// Texts that stand beside a model in its archive, as `assets/NAME`. Keras keeps them for layers
/// that ask for them, and passes over others.
using Assets = std::vector<std::pair<std::string, std::string>>;

struct SaveOptions {
  bool overwrite = true;
  /// Whether what the model was compiled with, and the optimizer's state, are written too.
  bool include_optimizer = true;
  Assets assets = {};  // of save_model
  /// Of save_weights: weights in several files of that many times 2^30 bytes of arrays at most.
  std::optional<double> max_shard_size = {};
};

/// Writes the model as a `.keras` archive, or where the path ends in `.h5` or `.hdf5` as HDF5 of
/// Keras 2's kind, which Keras 3 and tf.keras open: architecture, weights, what it was
/// compiled with, and the state of its optimizer, so that fit goes on after load_model() as it
/// would have. The file takes its place when it is whole: whoever opens the path finds the old one
/// or the new one. Throws FileError, and std::invalid_argument for a model that is not built, one
/// that was compiled with joint_losses, and, without `overwrite`, a path that is taken.
void save_model(const models::Model& model, const std::string& path,
                const SaveOptions& options = {});

/// Writes the weights as `.weights.h5`, which Keras 3 opens, with the optimizer's state where the
/// model is compiled and has been trained. Where the path ends in `.safetensors` or `.npz`: the
/// weights alone, by Keras's paths ("sequential/dense/kernel"). With `max_shard_size` the path ends
/// in `.weights.json`: it is the index of the shards, `NAME_00000.weights.h5` ... beside it, which
/// are new files; an old index and its shards stay until the new ones are whole. Throws as
/// save_model(), and where an array is larger than a shard.
void save_weights(const models::Model& model, const std::string& path,
                  const SaveOptions& options = {});

}  // namespace keratin::saving
