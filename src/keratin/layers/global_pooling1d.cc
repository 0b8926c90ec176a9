// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/global_pooling1d.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

auto fields = [](auto& field, auto& o) {
  field("data_format", o.data_format);
  field("keepdims", o.keepdims);
};

constexpr std::int64_t kFloatsPerTask = 1 << 16;

/// B, T, D of (B, T, D), and how many samples make a task.
struct Sizes {
  explicit Sizes(const Shape& shape)
      : batch(shape[0]),
        steps(shape[1]),
        width(shape[2]),
        samples_per_task(
            std::max<std::int64_t>(1, kFloatsPerTask / std::max<std::int64_t>(1, steps * width))) {}
  std::int64_t batch, steps, width, samples_per_task;
};

/// The mask of sample `b`, or null.
const bool* mask_of(const Tensor& mask, const Sizes& sizes, std::int64_t b) {
  return mask ? mask.data<bool>().data() + b * sizes.steps : nullptr;
}

/// What the sum over the steps of a sample is divided by.
float divisor(Pooling pooling, const bool* mask, std::int64_t steps, MaskPolicy policy) {
  if (pooling == Pooling::kSum) return 1.0F;
  const auto masked = mask == nullptr ? MaskedSteps::kNone : masked_steps(policy);
  return mean_divisor(mask == nullptr ? steps : std::count(mask, mask + steps, true), masked);
}

}  // namespace

GlobalPooling1D::GlobalPooling1D(std::string class_name, GlobalPooling1DOptions options)
    : Layer({.class_name = std::move(class_name),
             .name = options.name,
             .trainable = options.trainable}),
      options_(std::move(options)) {
  check_channels_last(this->class_name(), options_.data_format);
  build_at_init();
}

GlobalPooling1DOptions GlobalPooling1D::options_of(std::string_view class_name,
                                                   const Config& config) {
  return options_from_config<GlobalPooling1DOptions>(class_name, config, fields);
}

Config GlobalPooling1D::get_config() const { return config_of(base_config(), options_, fields); }

Shape GlobalPooling1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  if (options_.keepdims) return {input_shape[0], 1, input_shape[2]};
  return {input_shape[0], input_shape[2]};
}

GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPooling1DOptions options)
    : GlobalSummingPooling1D("GlobalAveragePooling1D", std::move(options)) {}

GlobalPooling1DOptions GlobalAveragePooling1D::options_from(const Config& config) {
  return options_of("GlobalAveragePooling1D", config);
}

GlobalSumPooling1D::GlobalSumPooling1D(GlobalPooling1DOptions options)
    : GlobalSummingPooling1D("GlobalSumPooling1D", std::move(options)) {}

GlobalPooling1DOptions GlobalSumPooling1D::options_from(const Config& config) {
  return options_of("GlobalSumPooling1D", config);
}

Tensor GlobalSummingPooling1D::compute(const Tensor& inputs, CallContext& context) const {
  const Sizes s(inputs.shape());
  Tensor outputs = Tensor::zeros(compute_output_shape(inputs.shape()));
  const float* x = inputs.data<float>().data();
  float* out = outputs.data<float>().data();
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const bool* mask = mask_of(context.mask, s, b);
      float* sum = out + b * s.width;
      for (std::int64_t t = 0; t < s.steps; ++t) {
        if (mask != nullptr && !mask[t]) continue;
        const float* step = x + (b * s.steps + t) * s.width;
        for (std::int64_t d = 0; d < s.width; ++d) sum[d] += step[d];
      }
      const float count = divisor(*pooling(), mask, s.steps, context.mask_policy);
      for (std::int64_t d = 0; d < s.width; ++d) sum[d] /= count;
    }
  });
  if (context.training) context.saved = {inputs};
  return outputs;
}

Tensor GlobalSummingPooling1D::compute_gradient(const Tensor& output_gradient,
                                                CallContext& context) {
  const Sizes s(context.saved[0].shape());
  Tensor gradient = uninitialized(context.saved[0].shape());
  const float* g = output_gradient.data<float>().data();
  float* out = gradient.data<float>().data();
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const bool* mask = mask_of(context.mask, s, b);
      const float count = divisor(*pooling(), mask, s.steps, context.mask_policy);
      for (std::int64_t t = 0; t < s.steps; ++t) {
        float* step = out + (b * s.steps + t) * s.width;
        const bool counts = mask == nullptr || mask[t];
        for (std::int64_t d = 0; d < s.width; ++d)
          step[d] = counts ? g[b * s.width + d] / count : 0.0F;
      }
    }
  });
  return gradient;
}

GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPooling1DOptions options)
    : GlobalPooling1D("GlobalMaxPooling1D", std::move(options)) {}

GlobalPooling1DOptions GlobalMaxPooling1D::options_from(const Config& config) {
  return options_of("GlobalMaxPooling1D", config);
}

Tensor GlobalMaxPooling1D::compute(const Tensor& inputs, CallContext& context) const {
  const Sizes s(inputs.shape());
  Tensor outputs = uninitialized(compute_output_shape(inputs.shape()));
  if (s.steps == 0 && s.batch > 0) {
    invalid_argument("GlobalMaxPooling1D", "layer '", name(),
                     "' has no steps to take the largest of. Received shape: ", inputs.shape());
  }
  const float* x = inputs.data<float>().data();
  const auto out = outputs.data<float>();
  std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      float* largest = out.data() + b * s.width;
      for (std::int64_t t = 0; t < s.steps; ++t) {
        const float* step = x + (b * s.steps + t) * s.width;
        // Written so that a NaN stays: neither comparison with it is true.
        for (std::int64_t d = 0; d < s.width; ++d)
          largest[d] = largest[d] > step[d] || largest[d] != largest[d] ? largest[d] : step[d];
      }
    }
  });
  if (context.training) context.saved = {inputs, outputs};
  return outputs;
}

Tensor GlobalMaxPooling1D::compute_gradient(const Tensor& output_gradient, CallContext& context) {
  const Tensor& inputs = context.saved[0];
  const Sizes s(inputs.shape());
  Tensor gradient = uninitialized(inputs.shape());
  const float* x = inputs.data<float>().data();
  const float* largest = std::as_const(context.saved[1]).data<float>().data();
  const float* g = output_gradient.data<float>().data();
  float* out = gradient.data<float>().data();
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      for (std::int64_t d = 0; d < s.width; ++d) {
        const float top = largest[b * s.width + d];
        float ties = 0;
        for (std::int64_t t = 0; t < s.steps; ++t)
          ties += x[(b * s.steps + t) * s.width + d] == top ? 1.0F : 0.0F;
        for (std::int64_t t = 0; t < s.steps; ++t) {
          const std::int64_t at = (b * s.steps + t) * s.width + d;
          out[at] = x[at] == top ? g[b * s.width + d] / ties : 0.0F;
        }
      }
    }
  });
  return gradient;
}

}  // namespace keratin::layers
