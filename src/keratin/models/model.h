// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/trainers/trainer.h"

namespace keratin::models {

/// Layers that are trained together: what Keras's Model adds to its Trainer.
class Model : public trainers::Trainer {
 public:
  virtual std::string_view class_name() const = 0;
  const std::string& name() const { return name_; }
  virtual bool built() const = 0;

  /// The layers in the order of the model, without input layers, as in Keras.
  virtual std::vector<std::shared_ptr<layers::Layer>> layers() const = 0;
  /// Throws std::invalid_argument, naming the nearest, when there is none of that name.
  layers::Layer& get_layer(std::string_view name) const;
  /// Throws std::invalid_argument when `index` is outside the layers.
  layers::Layer& get_layer(std::size_t index) const;

  std::int64_t count_params() const;
  virtual Config get_config() const = 0;

  std::vector<Variable*> trainable_variables() const override;
  std::vector<Variable*> variables() const override;

 protected:
  explicit Model(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

}  // namespace keratin::models
