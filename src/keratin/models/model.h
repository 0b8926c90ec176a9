// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/models/summary.h"
#include "keratin/trainers/trainer.h"

namespace keratin::models {

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

  /// Keras 3's table of the layers, as text: of a graph with a column for what each reads from.
  /// Keras: prints it.
  std::string summary(const SummaryOptions& options = {}) const;
  /// Its lines.
  virtual std::vector<SummaryRow> summary_rows() const = 0;

  MaskPolicy mask_policy() const { return mask_policy_; }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool supports_masking() const override { return true; }

  void check_data(const Tensors& x) const override { check_inputs(x.one()); }
  Values run(const Inputs& inputs, Pass& pass) const override;
  Values forward(const Values& x, Pass& pass) const override { return run(x, pass); }
  std::vector<Variable*> trainable_variables() const override { return trainable_weights(); }
  std::vector<Variable*> variables() const override;

 protected:
  Model(std::string_view class_name, const std::optional<std::string>& name, MaskPolicy policy);
  MaskPolicy mask_policy_;
};

}  // namespace keratin::models
