// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/normalization/batch_normalization.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/normalization/scale_and_offset.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/nn/normalization.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {

Config to_config(const RenormClipping& clipping) {
  Config config = Config::dict();
  if (clipping.rmax) config["rmax"] = *clipping.rmax;
  if (clipping.rmin) config["rmin"] = *clipping.rmin;
  if (clipping.dmax) config["dmax"] = *clipping.dmax;
  return config;
}
void from_config(const Config& config, RenormClipping& clipping) {
  ConfigReader reader("BatchNormalization", config);
  reader("rmax", clipping.rmax);
  reader("rmin", clipping.rmin);
  reader("dmax", clipping.dmax);
  reader.finish();
}

namespace {

// Which of the statistics, behind gamma and beta.
constexpr std::size_t kMean = 0, kVariance = 1, kStddev = 2, kRenormMean = 3, kRenormStddev = 4;

/// Keras 2 wrote a list of one.
struct ChannelAxis {
  std::int64_t& axis;
};
Config to_config(const ChannelAxis& one) { return one.axis; }
void from_config(const Config& config, ChannelAxis& one) {
  const bool listed = config.is_list() && config.as_list().size() == 1;
  keratin::from_config(listed ? config.as_list()[0] : config, one.axis);
}

const BatchNormalizationOptions& checked(BatchNormalizationOptions& o) {
  constexpr std::string_view who = BatchNormalization::kName;
  if (o.synchronized) {
    invalid_argument(who,
                     "synchronized=True is for several machines, and there is one: leave it out.");
  }
  if (!(o.momentum >= 0 && o.momentum <= 1))
    invalid_argument(who, "momentum must be in the range [0, 1]. Received: ", o.momentum);
  if (o.renorm && !o.renorm_clipping) o.renorm_clipping = RenormClipping();
  if (!o.renorm) return o;
  const RenormClipping& clip = *o.renorm_clipping;
  if (clip.rmax && clip.rmin && *clip.rmax < *clip.rmin) {
    invalid_argument(who,
                     "rmax of renorm_clipping must not be below rmin. Received: rmax=", *clip.rmax,
                     ", rmin=", *clip.rmin);
  }
  if (clip.dmax && *clip.dmax < 0) {
    invalid_argument(who, "dmax of renorm_clipping must not be negative. Received: ", *clip.dmax);
  }
  return o;
}

/// Each element of these, which have the same shape, by f.
template <class F, class... Tensors>
Tensor each(F f, const Tensor& first, const Tensors&... rest) {
  Tensor result = uninitialized(first.shape());
  const auto out = result.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = f(first.data<float>()[i], rest.template data<float>()[i]...);
  return result;
}

Tensor stddev_of(const Tensor& variance, double epsilon) {
  return each([=](float v) { return std::sqrt(v + static_cast<float>(epsilon)); }, variance);
}

float clipped(float value, const std::optional<double>& least, const std::optional<double>& most) {
  if (least) value = std::max(value, static_cast<float>(*least));
  return most ? std::min(value, static_cast<float>(*most)) : value;
}

}  // namespace

template <class F>
void fields(F& f, BatchNormalizationOptions& o) {
  base_fields(f, o);
  ChannelAxis axis{o.axis};
  f("axis", axis);
  f("momentum", o.momentum);
  f("epsilon", o.epsilon);
  f("center", o.center);
  f("scale", o.scale);
  scale_and_offset_fields(f, o);
  f("synchronized", o.synchronized);
  f("renorm", o.renorm);
  f("renorm_clipping", o.renorm_clipping);
  f("renorm_momentum", o.renorm_momentum);
}

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Configured(checked(options), base_options(kName, options)) {}

std::size_t BatchNormalization::axis_of(const Shape& shape) const {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  const std::int64_t axis = options_.axis < 0 ? options_.axis + rank : options_.axis;
  if (axis < 0 || axis >= rank) {
    invalid_argument(kName, "layer '", name(), "': axis ", options_.axis,
                     " is not there in inputs of shape ", shape);
  }
  return static_cast<std::size_t>(axis);
}

Shape BatchNormalization::compute_output_shape(const Shape& input_shape) const {
  const std::int64_t channels = input_shape[axis_of(input_shape)];
  if (channels == kNone) {
    invalid_argument(kName, "layer '", name(), "' needs axis ", options_.axis,
                     " of its inputs to be known. Received shape: ", input_shape);
  }
  if (built() &&
      (channels != weight(0).shape()[0] || input_shape.rank() != build_shapes().at(0).rank())) {
    invalid_argument(kName, "layer '", name(), "' was built for inputs of shape ",
                     build_shapes().at(0), ". Received shape: ", input_shape);
  }
  return input_shape;
}

void BatchNormalization::build_weights(const Shape& input_shape) {
  const BatchNormalizationOptions& o = options_;
  const Shape shape{input_shape[axis_of(input_shape)]};
  if (o.scale) add_weight(gamma_weight(o, shape));
  if (o.center) add_weight(beta_weight(o, shape));
  const auto add = [&](std::string_view name, const auto& initializer, bool root) {
    WeightOptions weight{
        .name = name, .shape = shape, .initializer = initializer, .trainable = false};
    if (root) weight.value = each([](float v) { return std::sqrt(v); }, first_values(weight));
    add_weight(weight);
  };
  add("moving_mean", o.moving_mean_initializer, false);
  add("moving_variance", o.moving_variance_initializer, false);
  if (!o.renorm) return;
  // Keras: a moving stddev in place of the variance, as the paper has it.
  add("moving_stddev", o.moving_variance_initializer, true);
  add("renorm_mean", o.moving_mean_initializer, false);
  add("renorm_stddev", o.moving_variance_initializer, true);
}

Value BatchNormalization::gamma(const Pass& pass) const {
  return options_.scale ? value(0, pass) : Value();
}
Value BatchNormalization::beta(const Pass& pass) const {
  return options_.center ? value(options_.scale ? 1 : 0, pass) : Value();
}
Variable& BatchNormalization::statistic(std::size_t index) const {
  return weight(index + (options_.scale ? 1 : 0) + (options_.center ? 1 : 0));
}

void BatchNormalization::move(std::size_t index, const Tensor& towards, double momentum,
                              Pass& pass) const {
  Variable& variable = statistic(index);
  const auto keep = static_cast<float>(momentum), take = static_cast<float>(1 - momentum);
  pass.update(variable, each([=](float old, float now) { return old * keep + now * take; },
                             pass.value(variable).tensor(), towards));
}

Value BatchNormalization::by_batch(const Value& x, std::size_t axis, const Tensor& mask,
                                   Pass& pass) const {
  const BatchNormalizationOptions& o = options_;
  const auto moments = ops::nn::channel_moments(x.tensor(), axis, mask);
  Value scale = gamma(pass), shift = beta(pass);
  if (o.renorm) {
    const Tensor stddev = stddev_of(moments.variance, o.epsilon);
    const float least = std::sqrt(static_cast<float>(o.epsilon));
    const Tensor by = each([=](float s) { return std::max(s, least); },
                           pass.value(statistic(kRenormStddev)).tensor());
    const RenormClipping& clip = *o.renorm_clipping;
    const Value r(
        each([&](float s, float d) { return clipped(s / d, clip.rmin, clip.rmax); }, stddev, by));
    std::optional<double> least_d;
    if (clip.dmax) least_d = -*clip.dmax;
    const Value d(each(
        [&](float m, float old, float s) { return clipped((m - old) / s, least_d, clip.dmax); },
        moments.mean, pass.value(statistic(kRenormMean)).tensor(), by));
    // (x r + d) gamma + beta = x (r gamma) + (d gamma + beta)
    const Value moved = scale ? ops::multiply(d, scale) : d;
    shift = shift ? ops::add(moved, shift) : moved;
    scale = scale ? ops::multiply(r, scale) : r;
    if (x.shape().size() > 0) {
      move(kRenormMean, moments.mean, o.renorm_momentum, pass);
      move(kRenormStddev, stddev, o.renorm_momentum, pass);
      move(kMean, moments.mean, o.momentum, pass);
      move(kStddev, stddev, o.momentum, pass);
      const auto epsilon = static_cast<float>(o.epsilon);
      pass.update(statistic(kVariance),
                  each([=](float s) { return std::max(s * s - epsilon, 0.0F); },
                       pass.value(statistic(kStddev)).tensor()));
    }
  } else if (x.shape().size() > 0) {
    move(kMean, moments.mean, o.momentum, pass);
    move(kVariance, moments.variance, o.momentum, pass);
  }
  return ops::nn::normalize_channels(x, axis, moments, true, mask, scale, shift, o.epsilon);
}

Values BatchNormalization::call(const Inputs& inputs, Pass& pass) const {
  const Value& x = inputs[0];
  const std::size_t axis = axis_of(x.shape());
  const Value mask = inputs.mask();
  if (mask) {
    Shape wanted = x.shape();
    const bool fits = wanted.rank() == mask.shape().rank() + 1 && mask.dtype() == DType::kBool &&
                      std::equal(mask.shape().begin(), mask.shape().end(), wanted.begin());
    if (!fits) {
      invalid_argument(
          kName, "layer '", name(),
          "': the mask must have all axes of the inputs but the last. Received: mask of shape ",
          mask.shape(), ", inputs of shape ", x.shape());
    }
  }
  if (pass.training && trainable()) return by_batch(x, axis, mask ? mask.tensor() : Tensor(), pass);
  const ops::nn::ChannelMoments moving{
      pass.value(statistic(kMean)).tensor(), pass.value(statistic(kVariance)).tensor(), {}};
  return ops::nn::normalize_channels(x, axis, moving, false, {}, gamma(pass), beta(pass),
                                     options_.epsilon);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::BatchNormalization, layers::BatchNormalizationOptions,
                          layers::LayerOf<layers::BatchNormalization>>;
}  // namespace keratin
