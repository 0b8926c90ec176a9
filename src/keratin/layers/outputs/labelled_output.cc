// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/outputs/labelled_output.h"

#include <array>

#include "keratin/base/error.h"
#include "keratin/ops/casts.h"
#include "keratin/table/ids.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 2> kValues = {"inputs", "labels"};

}  // namespace

std::span<const std::string_view> LabelledOutput::value_names() const { return kValues; }

Shape LabelledOutput::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 2 ||
      (built() && input_shape.back() != build_shapes()[0].back() && input_shape.back() != kNone)) {
    invalid_argument(
        class_name(), "layer '", name(),
        "' takes inputs (..., D), of the D that it was built for. Received shape: ", input_shape);
  }
  Shape shape = input_shape;
  shape[shape.rank() - 1] = classes();
  return shape;
}

std::vector<Spec> LabelledOutput::compute_output_spec(const Inputs& inputs) const {
  const Shape& shape = inputs[0].shape();
  if (inputs.size() > 2) {
    invalid_argument(class_name(), "layer '", name(),
                     "' takes inputs and maybe labels. Received: ", inputs.size(), " values");
  }
  const Shape of_scores = compute_output_shape(shape);
  if (inputs.size() == 1) return {{of_scores, DType::kFloat32}};
  const Shape leading = shape.leading(), &labels = inputs[1].shape();
  const bool several = labels.rank() == shape.rank() && labels.rank() > 0 && labels.back() != 0 &&
                       (takes_several_labels() || labels.back() == 1 || labels.back() == kNone);
  if (!labels.is_compatible_with(leading) &&
      !(several && labels.leading().is_compatible_with(leading))) {
    invalid_argument(class_name(), "layer '", name(), "': labels of inputs ", shape,
                     " must have the shape ", leading,
                     takes_several_labels() ? ", or that and a last axis of several each" : "",
                     ". Received: ", labels);
  }
  return {{leading, DType::kFloat32}};
}

void LabelledOutput::build_weights(std::span<const Spec> inputs) {
  const Shape& shape = inputs[0].shape;
  if (shape.rank() < 2 || shape.back() == kNone || shape.back() < 1) {
    invalid_argument(class_name(), "layer '", name(),
                     "' needs inputs (..., D) with D known. Received shape: ", shape);
  }
  build_width(shape.back());
}

Values LabelledOutput::call(const Inputs& inputs, Pass& pass) const {
  if (!built()) wrong_moment(class_name(), "layer '", name(), "' is not built yet.");
  const Value x = ops::cast(inputs[0], DType::kFloat32).with_mask({});
  const Shape output = compute_output_spec(inputs)[0].shape;
  if (x.is_symbolic() && inputs.size() == 1 && output.rank() == 2) return scores(x, pass);
  const std::int64_t width = x.shape().back(), count = x.shape().leading().size();
  if (count == 0) return Value(Tensor::zeros(output));
  const Value flat = reshaped(x, {count, width});
  if (inputs.size() == 1) return reshaped(scores(flat, pass), output);
  Tensor converted;
  const Tensor& labels =
      table::checked_ids(inputs[1].tensor(), classes(), {class_name(), name()}, converted);
  const Tensor ids = cast(labels, DType::kInt64).reshaped({count, labels.shape().size() / count});
  return reshaped(losses(flat, ids, pass), output);
}

}  // namespace keratin::layers
