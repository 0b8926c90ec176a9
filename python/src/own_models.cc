// SPDX-License-Identifier: Apache-2.0
#include "own_models.h"

#include "keratin/layers/layers.h"
#include "keratin/models/models.h"

namespace keratin::python {

namespace {

/// What comes out of a layer that is built, in words; "?" where it does not know what goes in.
std::string output_shape(const layers::Layer& layer) {
  if (!layer.built()) return "? (unbuilt)";
  if (const auto* const model = dynamic_cast<const models::Sequential*>(&layer)) return str(model->output_shape());
  std::vector<Shape> outputs;
  if (const auto* const model = dynamic_cast<const models::Functional*>(&layer)) {
    for (const Value& output : model->outputs()) outputs.push_back(output.shape());
  } else if (!layer.build_shapes().empty()) {
    Values inputs;
    for (const Shape& shape : layer.build_shapes())
      inputs.push_back(layers::Input({.batch_shape = shape, .name = "input"}));
    for (const Spec& spec : layer.compute_output_spec(Inputs(std::move(inputs)))) outputs.push_back(spec.shape);
  }
  return outputs.empty() ? "?" : models::shape_column(outputs);
}

}  // namespace

std::vector<models::SummaryRow> OwnModel::summary_rows() const {
  std::vector<models::SummaryRow> rows;
  for (const auto& layer : layers())
    rows.push_back({.name = layer->name(), .class_name = std::string(layer->class_name()), .shape = output_shape(*layer), .layer = layer});
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
