// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/einsum_dense.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/initializers/variance_scaling.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/products.h"

namespace keratin::layers {
namespace {

const EinsumDenseOptions& checked(const EinsumDenseOptions& options) {
  for (const std::int64_t dim : options.output_shape) {
    if (dim < 0 && dim != kNone) {
      invalid_argument("EinsumDense",
                       "output_shape must have dimensions of 0 or more, or None. "
                       "Received: ",
                       options.output_shape);
    }
  }
  return options;
}

bool has(const std::string& letters, char letter) {
  return letters.find(letter) != std::string::npos;
}

}  // namespace

template <class F>
void fields(F& f, EinsumDenseOptions& o) {
  common_fields(f, o);
  f("output_shape", o.output_shape);
  f("equation", o.equation);
  f("activation", o.activation);
  f("bias_axes", o.bias_axes);
  kernel_and_bias_fields(f, o);
  kind_fields(f, o);
}

void as_it_stands(const EinsumDense& layer, EinsumDenseOptions& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  set_kinds(layer.kinds(), o);
}

EinsumDense::Equation::Equation(const std::string& text) {
  std::string* const terms[] = {&input, &kernel, &output};
  std::size_t term = 0;
  bool behind[3] = {}, before[3] = {};
  bool fits = true;
  for (std::size_t i = 0; i < text.size() && fits; ++i) {
    const char c = text[i];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter && !behind[term]) {
      *terms[term] += c;
    } else if (text.compare(i, 3, "...") == 0 && !behind[term] && !before[term]) {
      (terms[term]->empty() ? before : behind)[term] = true;
      i += 2;
    } else if ((term == 0 && c == ',') || (term == 1 && text.compare(i, 2, "->") == 0)) {
      i += term++;
    } else {
      fits = false;
    }
  }
  left = before[0], right = behind[0];
  fits = fits && term == 2 && !input.empty() && !kernel.empty() && !output.empty() &&
         !(left && right) && left == before[2] && right == behind[2] && !before[1] && !behind[1];
  if (!fits) {
    invalid_argument("EinsumDense", "Invalid einsum equation '", text.substr(0, 200),
                     "'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or "
                     "[X]...,[Y]->[Z]....");
  }
}

std::size_t EinsumDense::Equation::summed_last() const {
  for (std::size_t count = 1; !right && count <= std::min(input.size(), kernel.size()); ++count) {
    const std::string free = input.substr(0, input.size() - count);
    const std::string summed = input.substr(free.size()), rest = kernel.substr(count);
    const bool apart = std::ranges::none_of(rest, [&](char c) { return has(input, c); }) &&
                       std::ranges::none_of(summed, [&](char c) { return has(output, c); });
    if (kernel.substr(0, count) == summed && output == free + rest && apart) return count;
  }
  return 0;
}

EinsumDense::EinsumDense(EinsumDenseOptions options)
    : Configured(options, base_options(kName, checked(options)), kinds_of(kName, options)),
      equation_(options.equation) {
  if (!options_.activation) options_.activation = "linear";
}

EinsumDense::Shapes EinsumDense::shapes_for(const Shape& input) const {
  const auto& [in, of_kernel, out, left, right] = equation_;
  const bool elides = left || right;
  if (elides ? input.rank() < in.size() : input.rank() != in.size()) {
    invalid_argument("EinsumDense", "The einsum equation '", options_.equation,
                     "' expects an input with ", elides ? "min_ndim=" : "ndim=", in.size(),
                     ", but received input shape ", input, " with ndim=", input.rank(), ".");
  }
  const std::size_t elided = input.rank() - in.size();
  Shape output{input[0]};
  for (std::size_t i = 1; left && i < elided; ++i) output.push_back(input[i]);
  for (const std::int64_t dim : options_.output_shape) output.push_back(dim);
  for (std::size_t i = 0; right && i < elided; ++i) output.push_back(input[in.size() + i]);
  const std::size_t before = left ? elided : 0;
  if (output.rank() != out.size() + elided) {
    invalid_argument("EinsumDense", "output_shape must have an axis for each of '", out,
                     "' but the batch", elides ? " and what '...' stands for" : "",
                     ". Received: output_shape=", options_.output_shape, ", equation='",
                     options_.equation, "'");
  }
  const auto of_input = [&](char c) { return input[in.find(c) + before]; };
  const auto of_output = [&](char c) { return output[out.find(c) + before]; };
  for (const char c : in) {
    if (!has(out, c)) continue;
    std::int64_t& dim = output[out.find(c) + before];
    if (dim != kNone && dim != of_input(c)) {
      invalid_argument("EinsumDense", "Input shape and output shape do not match at shared ",
                       "dimension '", std::string(1, c), "'. Input shape is ",
                       of_input(c) == kNone ? str("None") : str(of_input(c)),
                       ", and output shape is ", dim, ".");
    }
    dim = of_input(c);
  }
  for (const char c : out) {
    if (has(in, c) || has(of_kernel, c)) continue;
    invalid_argument("EinsumDense", "Dimension '", std::string(1, c),
                     "' was specified in the output '", out,
                     "' but has no corresponding dim in the input spec '", in, "' or weight spec '",
                     of_kernel, "'");
  }
  Shapes shapes;
  for (const char c : of_kernel) {
    const auto axis = static_cast<std::int64_t>(shapes.kernel.rank());
    if (!has(out, c) && !has(in, c)) {
      invalid_argument("EinsumDense", "Weight dimension '", std::string(1, c),
                       "' did not have a match in either ", "the input spec '", in,
                       "' or the output spec '", out,
                       "'. For this layer, the weight must be fully specified.");
    }
    (has(out, c) ? shapes.kept : shapes.summed).push_back(axis);
    shapes.kernel.push_back(has(out, c) ? of_output(c) : of_input(c));
    if (shapes.kernel.back() == kNone) {
      invalid_argument("EinsumDense", "layer '", name(), "' needs the axis '", std::string(1, c),
                       "' of its kernel to be known. Received shape: ", input,
                       ", output_shape=", options_.output_shape);
    }
  }
  if (options_.bias_axes) {
    const std::string& letters = *options_.bias_axes;
    std::size_t first = out.size();
    for (const char c : letters) {
      if (!has(out, c)) {
        invalid_argument("EinsumDense", "Bias dimension '", std::string(1, c),
                         "' was requested, but is not part of the output spec '", out, "'");
      }
      first = std::min(first, out.find(c));
    }
    for (const char c : out.substr(first)) {
      shapes.bias.push_back(has(letters, c) ? of_output(c) : 1);
      if (shapes.bias.back() == kNone) {
        invalid_argument("EinsumDense", "layer '", name(), "' needs the axis '", std::string(1, c),
                         "' of its bias to be known. Received shape: ", input,
                         ", output_shape=", options_.output_shape);
      }
    }
    for (std::size_t i = 0; right && i < elided; ++i) shapes.bias.push_back(1);
  }
  shapes.output = std::move(output);
  return shapes;
}

Shape EinsumDense::compute_output_shape(const Shape& input_shape) const {
  const Shapes shapes = shapes_for(input_shape);
  if (built() &&
      (input_shape.rank() != build_shapes()[0].rank() || shapes.kernel != kernel_shape() ||
       (options_.bias_axes && shapes.bias != bias()->shape()))) {
    invalid_argument("EinsumDense", "layer '", name(), "' was built for inputs of shape ",
                     build_shapes()[0], ". Received shape: ", input_shape);
  }
  return options_.activation->compute_output_shape(shapes.output);
}

void EinsumDense::build_weights(const Shape& input_shape) {
  const Shapes shapes = shapes_for(input_shape);
  WeightOptions kernel = kernel_weight(options_, shapes.kernel);
  const auto* scaled =
      dynamic_cast<const initializers::FanScaled*>(options_.kernel_initializer.get());
  if (scaled != nullptr && !Undrawn::is_on())
    kernel.value = scaled->drawn_along(shapes.kernel, shapes.summed, shapes.kept);
  // Keras: a scale stands where its output does.
  const auto summed = equation_.summed_last();
  Kernel form{.kernel = kernel, .summed = static_cast<std::int64_t>(summed)};
  for (std::size_t i = 0; summed > 0 && i + summed < input_shape.rank(); ++i)
    form.scale.push_back(1);
  for (std::size_t i = summed; i < shapes.kernel.rank(); ++i)
    form.scale.push_back(shapes.kernel[i]);
  if (options_.bias_axes) form.bias = bias_weight(options_, shapes.bias);
  build_kernel(form);
}

Values EinsumDense::call(const Inputs& inputs, Pass& pass) const {
  const Value& x = inputs[0];
  const Value bias = value_of(this->bias(), pass);
  const Shapes shapes = shapes_for(x.shape());
  const std::size_t summed = equation_.summed_last();
  Value y;
  if (summed > 0) {
    std::int64_t width = 1, rows = 1;
    for (std::size_t i = 0; i < summed; ++i) width *= shapes.kernel[i];
    for (std::size_t i = 0; i + summed < x.shape().rank(); ++i) rows *= x.shape()[i];
    // A bias of other axes is not the dense layer's.
    const bool fits = bias && bias.shape() == shapes.kernel.from(summed);
    const Value of_columns = fits ? reshaped(bias, {bias.shape().size()}) : Value();
    y = reshaped(projected(reshaped(x, {rows, width}), of_columns, pass), shapes.output);
    if (bias && !fits) y = ops::add(y, bias);
  } else {
    y = ops::einsum(options_.equation, {x, kernel_value(pass)});
    if (bias) y = ops::add(y, bias);
  }
  return ops::activated(options_.activation.shared(), y);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::EinsumDense, layers::EinsumDenseOptions,
                          layers::LayerOf<layers::EinsumDense, layers::KernelLayer>>;
}  // namespace keratin
