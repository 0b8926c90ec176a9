// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/mean.h"

#include "keratin/base/error.h"
#include "keratin/losses/sample_weights.h"
#include "keratin/metrics/metric_options.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::metrics {

using losses::WeightArray;

Tensor scalar(double value) {
  Tensor result = uninitialized(Shape{});
  result.data<float>()[0] = static_cast<float>(value);
  return result;
}

namespace {

std::int64_t product(const Shape& shape, std::size_t first, std::size_t last) {
  std::int64_t result = 1;
  for (std::size_t i = first; i < last; ++i) result *= shape[i];
  return result;
}

/// The sum of values * weights and that of the weights, the axes that weights lack averaged.
SampleSum weighted(const Tensor& values, WeightArray weights, std::string_view who, bool average) {
  Shape shape = values.shape();
  losses::squeeze_or_expand_to_same_rank(shape, weights.shape);
  const std::size_t rank = std::min(shape.rank(), weights.shape.rank());
  const std::int64_t trailing = product(shape, rank, shape.rank());
  Shape leading;
  for (std::size_t i = 0; i < rank; ++i) leading.push_back(shape[i]);
  if (losses::broadcast_shapes(leading, weights.shape) != leading) {
    invalid_argument(who, "weights (sample_weight, mask) of shape ", weights.shape,
                     " do not go together with values of shape ", values.shape());
  }
  const auto in = values.data<float>();
  SampleSum sum;
  losses::for_each_broadcast(leading, leading, weights.shape, [&](auto i, auto, auto at) {
    const double weight = weights.data[static_cast<std::size_t>(at)];
    sum.count += weight;
    if (weight == 0) return;  // has no part, whatever its value
    double value = 0;
    for (std::int64_t j = 0; j < trailing; ++j) {
      value += static_cast<double>(in[static_cast<std::size_t>(i * trailing + j)]);
    }
    sum.total += weight * value;
  });
  if (average) {
    const double inner = rank == 0 ? 1 : static_cast<double>(product(leading, 1, rank));
    sum.total /= inner * static_cast<double>(trailing);
    sum.count /= inner;
  }
  return sum;
}

}  // namespace

void SampleSum::add(const Tensor& values, const Tensor& weights, const Tensor& mask,
                    const Tensor& values_mask, std::string_view who, bool average) {
  SampleSum batch;
  if (weights || mask) {
    WeightArray merged = *losses::merge_mask(weights, mask, false, who);
    if (values_mask) {
      WeightArray own = WeightArray::of(values_mask);
      losses::squeeze_or_expand_to_same_rank(own.shape, merged.shape);
      merged = losses::multiply(own, merged, who);
    }
    batch = weighted(values, std::move(merged), who, average);
  } else {
    for (const float value : values.data<float>()) batch.total += static_cast<double>(value);
    const Shape& shape = values.shape();
    batch.count = shape.rank() == 0 ? 1 : static_cast<double>(shape[0]);
    if (average && shape.rank() > 1)
      batch.total /= static_cast<double>(product(shape, 1, shape.rank()));
    if (values.size() == 0) batch.total = 0;
  }
  total += batch.total;
  count += batch.count;
}

namespace {
Tensor as_float(const Tensor& tensor) { return cast(tensor, DType::kFloat32); }

[[noreturn]] void refuse_labels(std::string_view who) {
  invalid_argument(who, "takes values, not y_true and y_pred: it cannot be a metric of compile()");
}
}  // namespace

Mean::Mean(Options options) : Configured(options, options.name) {}

void Mean::update_state(const Tensor& values, const Tensor& sample_weight) {
  sum_.add(as_float(values), sample_weight, values.mask(), {}, "Mean");
}

void Mean::update_state(double value, double sample_weight) {
  sum_.total += sample_weight == 0 ? 0 : value * sample_weight;
  sum_.count += sample_weight;
}

void Mean::update_state(const Tensor&, const Tensor&, const Tensor&, const Tensor&) {
  refuse_labels("Mean");
}

Sum::Sum(Options options) : Configured(options, options.name) {}

void Sum::update_state(const Tensor& values, const Tensor& sample_weight) {
  sum_.add(as_float(values), sample_weight, values.mask(), {}, "Sum", false);
}

void Sum::update_state(const Tensor&, const Tensor&, const Tensor&, const Tensor&) {
  refuse_labels("Sum");
}

Tensor MeanOfValues::values_mask(const Tensor&, const Shape&) const { return {}; }

void MeanOfValues::update_state(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& sample_weight, const Tensor& given) {
  const Tensor mask = given ? given : y_pred.mask();
  const Tensor found = values(y_true, y_pred, mask);
  sum_.add(found, sample_weight, mask,
           sample_weight || mask ? values_mask(y_true, found.shape()) : Tensor(), class_name());
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::Mean, metrics::MeanOptions, metrics::Metric>;
template class Configured<metrics::Sum, metrics::SumOptions, metrics::Metric>;
}  // namespace keratin
