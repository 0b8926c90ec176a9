// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/discretization.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

/// numpy.interp: the line through (x[i], y[i]) at `at`, and its ends beyond them.
double interpolated(double at, const std::vector<float>& x, const std::vector<float>& y) {
  if (at >= x.back()) return y.back();
  if (at < x.front()) return y.front();
  const auto above = std::upper_bound(x.begin(), x.end(), at,
                                      [](double value, float point) { return value < point; });
  const auto i = static_cast<std::size_t>(above - x.begin()) - 1;
  if (at == x[i]) return y[i];
  const double x0 = x[i], y0 = y[i];
  return (y[i + 1] - y0) / (x[i + 1] - x0) * (at - x0) + y0;
}

/// Keras (3.0 to 3.10 at least) wrote the type of the bins.
void bins_field(FieldWriter& writer) { dtype_field(writer); }
void bins_field(FieldReader& reader) {
  const std::optional<std::string> name = dtype_name(reader);
  if (name && *name != "float32" && *name != "int64" && *name != "int32") {
    invalid_argument(reader.class_name(), "dtype must be float32, int64 or int32. Received: '",
                     *name, "'");
  }
}

}  // namespace

template <class F>
void fields(F& f, DiscretizationOptions& o) {
  f("bin_boundaries", o.bin_boundaries);
  f("num_bins", o.num_bins);
  f("epsilon", o.epsilon);
  f("output_mode", o.output_mode);
  f("sparse", o.sparse);
  f("name", o.name);
  bins_field(f);
  f.ignore("trainable");
}

Discretization::Discretization(DiscretizationOptions options)
    : Configured(options, base_options(kName, options)),
      mode_(output_mode(
          kName, options_.output_mode,
          {OutputMode::kInt, OutputMode::kOneHot, OutputMode::kMultiHot, OutputMode::kCount})) {
  options_.output_mode = to_string(mode_);
  refuse_sparse(kName, options_.sparse);
  if (!options_.num_bins && !options_.bin_boundaries)
    invalid_argument(kName, "You need to set either `num_bins` or `bin_boundaries`.");
  if (options_.num_bins && *options_.num_bins < 1) {
    invalid_argument(kName,
                     "`num_bins` must be 1 or more. Received: `num_bins=", *options_.num_bins, "`");
  }
  if (!(options_.epsilon > 0 && options_.epsilon <= 1)) {
    invalid_argument(kName, "epsilon must be above 0, and 1 at most. Received: ", options_.epsilon);
  }
  if (options_.bin_boundaries && !std::ranges::is_sorted(*options_.bin_boundaries))
    invalid_argument(kName, "bin_boundaries must not go down.");
  build_at_init();
}

void Discretization::check_learns() const {
  if (options_.num_bins) return;
  invalid_argument(kName,
                   "Cannot adapt a Discretization layer that has been initialized with "
                   "`bin_boundaries`, use `num_bins` instead.");
}

void Discretization::reset_state() {
  check_learns();
  summary_ = {};
}

/// Every n-th of the sorted numbers, so that 1 / epsilon are left.
void Discretization::update_state(const Tensor& batch) {
  check_learns();
  const Tensor floats = cast(batch, DType::kFloat32);
  const auto numbers = floats.data<float>();
  if (std::ranges::any_of(numbers, [](float x) { return std::isnan(x); }))
    invalid_argument(kName, "layer '", name(), "' cannot learn from NaN.");
  std::vector<float> sorted(numbers.begin(), numbers.end());
  std::ranges::sort(sorted);
  const double step = std::max(static_cast<double>(sorted.size()) / (1.0 / options_.epsilon), 1.0);
  Summary joined;
  for (auto i = static_cast<std::size_t>(step - 1); i < sorted.size();
       i += static_cast<std::size_t>(step)) {
    joined.points.push_back(sorted[i]);
  }
  joined.weights.assign(joined.points.size(), static_cast<float>(step));
  joined.points.insert(joined.points.end(), summary_.points.begin(), summary_.points.end());
  joined.weights.insert(joined.weights.end(), summary_.weights.begin(), summary_.weights.end());
  std::vector<std::size_t> order(joined.points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return joined.points[a] < joined.points[b]; });
  Summary in_order;
  for (const std::size_t i : order) {
    in_order.points.push_back(joined.points[i]);
    in_order.weights.push_back(joined.weights[i]);
  }
  summary_ = in_order.compressed(options_.epsilon);
}

Discretization::Summary Discretization::Summary::compressed(double epsilon) const {
  if (static_cast<double>(points.size()) * epsilon < 1) return *this;
  std::vector<float> sums(weights.size()), shares(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  for (std::size_t i = 0; i < sums.size(); ++i) shares[i] = sums[i] / sums.back();
  Summary result;
  double before = 0;
  // numpy.arange(0, 1, epsilon)
  const auto count = static_cast<std::size_t>(std::ceil(1.0 / epsilon));
  for (std::size_t i = 0; i < count; ++i) {
    const double share = epsilon + static_cast<double>(i) * epsilon;
    result.points.push_back(static_cast<float>(interpolated(share, shares, points)));
    const double sum = interpolated(share, shares, sums);
    result.weights.push_back(static_cast<float>(sum - before));
    before = sum;
  }
  return result;
}

void Discretization::finalize_state() {
  check_learns();
  const Summary quantiles = summary_.compressed(1.0 / static_cast<double>(*options_.num_bins));
  std::vector<double> boundaries(quantiles.points.begin(), quantiles.points.end());
  if (!boundaries.empty()) boundaries.pop_back();
  options_.bin_boundaries = std::move(boundaries);
}

void Discretization::learn_from_summary(const Tensor& summary) {
  check_learns();
  if (summary.shape().rank() != 2 || summary.shape()[0] != 2)
    invalid_argument(kName, "a summary has 2 rows. Received: shape ", summary.shape());
  const Tensor floats = cast(summary, DType::kFloat32);
  const auto all = floats.data<float>();
  const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
  Summary given{{all.begin(), all.begin() + half}, {all.begin() + half, all.end()}};
  const auto counts = [](float weight) { return weight > 0 && std::isfinite(weight); };
  if (std::ranges::any_of(given.points, [](float x) { return std::isnan(x); }) ||
      !std::ranges::is_sorted(given.points) || !std::ranges::all_of(given.weights, counts))
    invalid_argument(kName, "the points of a summary do not go down, and each stands for some.");
  if (half == 0) return;  // of nothing
  summary_ = std::move(given);
  finalize_state();
}

Shape Discretization::compute_output_shape(const Shape& input_shape) const {
  const std::int64_t depth = options_.bin_boundaries
                                 ? static_cast<std::int64_t>(options_.bin_boundaries->size()) + 1
                                 : *options_.num_bins;
  return encoded_shape(input_shape, mode_, depth);
}

std::vector<Spec> Discretization::compute_output_spec(const Inputs& inputs) const {
  return {{compute_output_shape(inputs[0].shape()),
           mode_ == OutputMode::kInt ? DType::kInt32 : DType::kFloat32}};
}

Values Discretization::call(const Inputs& inputs, Pass&) const {
  if (!options_.bin_boundaries) {
    wrong_moment(kName,
                 "You need to either pass the `bin_boundaries` argument at construction "
                 "time or call `adapt(dataset)` before you can start using the "
                 "`Discretization` layer.");
  }
  const std::vector<float> boundaries(options_.bin_boundaries->begin(),
                                      options_.bin_boundaries->end());
  const Tensor& x = inputs[0].tensor();
  Tensor bins = uninitialized(x.shape(), DType::kInt64);
  std::ranges::transform(x.data<float>(), bins.data<std::int64_t>().begin(), [&](float number) {
    return std::upper_bound(boundaries.begin(), boundaries.end(), number) - boundaries.begin();
  });
  return mode_ == OutputMode::kInt
             ? cast(bins, DType::kInt32)
             : encode(bins, mode_, static_cast<std::int64_t>(boundaries.size()) + 1);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Discretization, layers::DiscretizationOptions,
                          layers::LayerOf<layers::Discretization, layers::Adapted>>;
}  // namespace keratin
