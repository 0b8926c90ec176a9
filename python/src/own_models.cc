// SPDX-License-Identifier: Apache-2.0
#include "own_models.h"

#include "keratin/layers/layers.h"

namespace keratin::python {

std::vector<models::SummaryRow> OwnModel::summary_rows() const {
  std::vector<models::SummaryRow> rows;
  for (const auto& layer : layers()) {
    std::string shape = layer->built() ? "?" : "? (unbuilt)";
    if (layer->built() && !layer->takes_several() && !layer->build_shapes().empty())
      shape = str(layer->compute_output_shape(layer->build_shapes()[0]));
    rows.push_back({.name = layer->name(), .class_name = std::string(layer->class_name()), .shape = std::move(shape), .layer = layer});
  }
  return rows;
}

void OwnModel::build_for(const Tensors& x) const {
  if (built()) return;
  Values inputs;
  for (const Tensor& tensor : x) {
    inputs.push_back(layers::Input({.dtype = tensor.dtype(), .batch_shape = tensor.shape().with_batch(kNone), .name = "input"}));
  }
  compute_output_spec(Inputs(std::move(inputs)));
}

/// The rule for masks is the model's own.
Values OwnModel::run(const Inputs& inputs, Pass& pass) const {
  struct Policy {
    Pass& pass;
    MaskPolicy outside;
    ~Policy() { pass.mask_policy = outside; }
  } const policy{pass, std::exchange(pass.mask_policy, mask_policy_)};
  return Own<models::Model>::run(inputs, pass);
}

}  // namespace keratin::python
