// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/models/summary.h"
#include "keratin/trainers/trainer.h"

namespace keratin::models {

/// "strict", "keras3" or "keras2".
std::string_view to_string(MaskPolicy policy);
/// Null for another name.
std::optional<MaskPolicy> mask_policy_from(std::string_view name);

/// Makes a layer of a class that the closed lists do not have, from its config.
using LayerMaker = std::function<std::shared_ptr<layers::Layer>(const Config& config)>;

class SharedLayers;

/// How a config becomes a model.
struct LoadOptions {
  MaskPolicy mask_policy =
      MaskPolicy::kStrict;  // stands in no config of Keras; of inner models too
  /// By class name, or by Keras's registered name ("package>Class"). They come before the lists.
  std::map<std::string, LayerMaker, std::less<>> custom_objects = {};
  /// Of deserialize() alone: layers that stand in several places of the config.
  std::shared_ptr<SharedLayers> shared_layers = {};
};

/// The layer or model of an entry in a config; null for an op. Throws std::invalid_argument for an
/// unknown class (models.cc has the lists).
std::shared_ptr<layers::Layer> layer_from_config(const Config& entry, const LoadOptions& options);

/// A layer that is made of layers and trained: what Keras's Model adds to its Layer and Trainer.
/// Threads: as Layer and Trainer.
class Model : public layers::Layer, public trainers::Trainer {
 public:
  using Trainer::get_weights;
  using Trainer::set_weights;

  /// The layers in the order of the model, without input layers, as in Keras.
  virtual std::vector<std::shared_ptr<layers::Layer>> layers() const = 0;
  std::vector<std::shared_ptr<layers::Layer>> parts() const override { return layers(); }
  /// Throws std::invalid_argument, naming the nearest, when there is none of that name.
  layers::Layer& get_layer(std::string_view name) const;
  /// Throws std::invalid_argument when `index` is outside the layers.
  layers::Layer& get_layer(std::size_t index) const;

  /// Throws std::invalid_argument until the model is built.
  std::int64_t count_params() const;

  /// The config with the class. Beside what Keras has in it stands the mask policy, where that is
  /// not Keras 3's. Layers that models within this one have too have a number by which they are
  /// one layer again, as in Keras's files.
  Config architecture() const;
  /// The architecture as JSON: what model_from_json (saving/saving.h) takes, and Keras.
  std::string to_json() const;

  /// Keras 3's table of the layers, as text: of a graph with a column for what each reads from.
  /// Keras: prints it.
  std::string summary(const SummaryOptions& options = {}) const;
  /// Its lines.
  virtual std::vector<SummaryRow> summary_rows() const = 0;

  /// A model that holds others may not be made of more operations than this, those of inner models
  /// counted twice for each of their calls: their shapes are computed twice. A file of 10 kB can
  /// name 2^30 of them.
  static constexpr std::size_t kLargestRun = std::size_t{1} << 18;
  std::size_t run_size() const { return run_size_; }

  /// Its one input, where it has one and that is known: what a Sequential that begins with it is
  /// built for.
  virtual std::optional<Spec> known_input() const { return std::nullopt; }

  MaskPolicy mask_policy() const { return mask_policy_; }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool supports_masking() const override { return true; }

  void check_data(const Tensors& x) const override { check_inputs(x.one()); }
  Values run(const Inputs& inputs, Pass& pass) const override;
  Values forward(const Values& x, Pass& pass) const override { return run(x, pass); }
  bool keeps_state() const override { return keeps_state_; }
  std::vector<Variable*> trainable_variables() const override { return trainable_weights(); }
  std::vector<Variable*> variables() const override;

 protected:
  Model(std::string_view class_name, const std::optional<std::string>& name, MaskPolicy policy);
  /// Counts a call of that operation. Throws std::invalid_argument for more than kLargestRun.
  void add_to_run(const Operation& operation);
  MaskPolicy mask_policy_;
  std::size_t run_size_ = 0;
  bool keeps_state_ = false;
};

/// run_size() with one more call, of that operation. Throws std::invalid_argument as above.
std::size_t run_size_with(std::size_t size, const Operation& operation);

}  // namespace keratin::models
