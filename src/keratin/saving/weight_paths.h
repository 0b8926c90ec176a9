// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keratin/models/model.h"
#include "keratin/tensor/variable.h"

/// Where the weights of a model stand in files. Not installed.
namespace keratin::saving {

/// A layer's own weights, and where Keras 3 writes them: as the arrays 0, 1 ... of the group
/// vars().
struct WeightsOfLayer {
  std::string path;  // "layers/dense_1"; of the model itself empty
  std::string name;  // of the layer, for messages
  std::vector<std::shared_ptr<Variable>> weights;
  layers::Layer* layer = nullptr;  // of the model itself null

  std::string vars() const { return path.empty() ? "vars" : path + "/vars"; }
  /// Of the i-th weight, "layers/dense_1/vars/0".
  std::string place(std::size_t i) const { return vars() + "/" + std::to_string(i); }
};

/// A layer of the model with all weights in it: what the files of Keras 1 and 2 know.
struct ListedLayer {
  std::string name;
  std::vector<std::shared_ptr<Variable>> weights;  // those that train come first
  layers::Layer* layer = nullptr;
};

struct WeightPaths {
  std::vector<WeightsOfLayer> layers;          // those without weights too, each layer once
  std::vector<ListedLayer> listed;             // in the order of the model
  std::vector<std::shared_ptr<Variable>> own;  // of the model itself, beside those of its layers
};

/// Of weights that a layer would join in a file, as the update of a LoRA and its table
/// (Layer::as_saved): joined, which is what others open, or each by itself, so that training goes
/// on.
enum class Form { kJoined, kApart };
/// What stands in a file for `own`, the weights that are the layer's own.
std::vector<std::shared_ptr<Variable>> as_saved(const layers::Layer& layer,
                                                std::vector<std::shared_ptr<Variable>> own,
                                                Form form);

/// Of a model as C++ has it. Layers of models are called by their class and number, as in Keras;
/// so are the parts of other layers that do not name them (Layer::name_of_part).
WeightPaths weight_paths(const models::Model& model, Form form = Form::kJoined);

/// The layer, whose path is empty, and those in it, with their paths below it.
std::vector<WeightsOfLayer> weights_within(const layers::Layer& layer, Form form = Form::kJoined);

/// Those that train, then the others.
std::vector<std::shared_ptr<Variable>> trained_first(
    std::vector<std::shared_ptr<Variable>> weights);

}  // namespace keratin::saving
