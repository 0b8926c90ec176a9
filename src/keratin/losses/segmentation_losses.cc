// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/segmentation_losses.h"

#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/losses/loss_rows.h"

namespace keratin::losses {

namespace {

using Axes = std::optional<std::vector<std::int64_t>>;

constexpr double kSmall = 1e-7;

/// Which sum an element belongs to.
struct Groups {
  std::size_t count = 1;
  std::vector<std::size_t> of;  // one an element; empty: all belong to the first
  std::size_t operator()(std::size_t element) const { return of.empty() ? 0 : of[element]; }
};

/// True for the axes that `axis` names. Throws std::invalid_argument for one that does not exist.
std::vector<bool> reduced_axes(const Shape& shape, const Axes& axis, std::string_view who) {
  const std::int64_t rank = static_cast<std::int64_t>(shape.rank());
  std::vector<bool> reduced(shape.rank(), !axis);
  if (axis) {
    for (const std::int64_t one : *axis) {
      rows_along(shape, one, who);
      if (rank > 0) reduced[static_cast<std::size_t>(one < 0 ? one + rank : one)] = true;
    }
  }
  return reduced;
}

Shape shape_of_groups(const Shape& shape, const Axes& axis, std::string_view who) {
  const std::vector<bool> reduced = reduced_axes(shape, axis, who);
  Shape result;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (!reduced[i]) result.push_back(shape[i]);
  }
  return result;
}

Groups groups_of(const Shape& shape, const Axes& axis, std::string_view who) {
  const std::vector<bool> reduced = reduced_axes(shape, axis, who);
  Groups groups;
  groups.count = static_cast<std::size_t>(shape_of_groups(shape, axis, who).size());
  if (!axis) return groups;
  groups.of.resize(static_cast<std::size_t>(shape.size()));
  for (std::size_t element = 0; element < groups.of.size(); ++element) {
    std::size_t rest = element;
    std::size_t stride = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
      const auto length = static_cast<std::size_t>(shape[i]);
      if (!reduced[i]) {
        groups.of[element] += rest % length * stride;
        stride *= length;
      }
      rest /= length;
    }
  }
  return groups;
}

/// The sums of a group.
struct Overlaps {
  std::vector<double> both, truth, pred;
};

template <class Batch>
Overlaps overlaps_of(const Batch& batch, const Groups& groups) {
  Overlaps sums;
  sums.both = sums.truth = sums.pred = std::vector<double>(groups.count, 0);
  const auto truth = batch.y_true.template data<float>();
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::size_t g = groups(i);
    const double t = static_cast<double>(truth[i]);
    const double p = static_cast<double>(batch.y_pred[i]);
    sums.both[g] += t * p;
    sums.truth[g] += t;
    sums.pred[g] += p;
  }
  return sums;
}

/// The derivative of a group's value by an element's prediction: of_truth * y_true + constant.
struct Slopes {
  double of_truth = 0;
  double constant = 0;
};

/// value = value_of(group, slopes of the group).
template <class Batch, class F>
double sum_groups(const Batch& batch, const Groups& groups, F value_of) {
  std::vector<Slopes> slopes(groups.count);
  double total = 0;
  for (std::size_t g = 0; g < groups.count; ++g) {
    const double weight = batch.weights ? batch.weights[g] : batch.weight;
    const double value = weight == 0 ? 0 : value_of(g, slopes[g]);
    slopes[g] = {weight * slopes[g].of_truth, weight * slopes[g].constant};
    if (batch.values) batch.values[g] = static_cast<float>(value);
    total += weight * value;
  }
  if (batch.gradient) {
    const auto truth = batch.y_true.template data<float>();
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const Slopes& slope = slopes[groups(i)];
      batch.gradient[i] =
          static_cast<float>(slope.of_truth * static_cast<double>(truth[i]) + slope.constant);
    }
  }
  return total;
}

/// Axes in a config. Keras takes 1 for (1,).
struct OneOrMore {
  Axes axes;
};
Config to_config(const OneOrMore& given) { return keratin::to_config(given.axes); }
void from_config(const Config& config, OneOrMore& given) {
  keratin::from_config(config.is_int() ? Config(Config::List{config}) : config, given.axes);
}

template <class F>
void axis_field(F& f, Axes& axis) {
  OneOrMore given{axis};
  f("axis", given);
  axis = std::move(given.axes);
}

}  // namespace

template <class F>
void fields(F& f, DiceOptions& o) {
  common_fields(f, o);
  axis_field(f, o.axis);
}

template <class F>
void fields(F& f, TverskyOptions& o) {
  common_fields(f, o);
  f("alpha", o.alpha);
  f("beta", o.beta);
  axis_field(f, o.axis);
}

Dice::Dice(Options options) : Configured(options, options.name, options.reduction, kName) {}

Shape Dice::values_shape(const Shape& shape) const {
  return shape_of_groups(shape, options_.axis, class_name());
}

double Dice::evaluate(const Batch& batch) const {
  const Groups groups = groups_of(batch.shape, options_.axis, class_name());
  const Overlaps sums = overlaps_of(batch, groups);
  return sum_groups(batch, groups, [&](std::size_t g, Slopes& slope) {
    const double all = sums.truth[g] + sums.pred[g] + kSmall;
    const double twice = 2 * sums.both[g];
    slope = {-2 / all, twice / (all * all)};
    return 1 - twice / all;
  });
}

Tversky::Tversky(Options options) : Configured(options, options.name, options.reduction, kName) {}

Shape Tversky::values_shape(const Shape& shape) const {
  return shape_of_groups(shape, options_.axis, class_name());
}

double Tversky::evaluate(const Batch& batch) const {
  const Groups groups = groups_of(batch.shape, options_.axis, class_name());
  const Overlaps sums = overlaps_of(batch, groups);
  const double alpha = options_.alpha;
  const double beta = options_.beta;
  return sum_groups(batch, groups, [&](std::size_t g, Slopes& slope) {
    const double both = sums.both[g];
    const double all =
        both + alpha * (sums.pred[g] - both) + beta * (sums.truth[g] - both) + kSmall;
    // d all / d p = (1 - alpha - beta) t + alpha
    slope = {-1 / all + both / (all * all) * (1 - alpha - beta), both / (all * all) * alpha};
    return 1 - both / all;
  });
}

Tensor dice(const Tensor& y_true, const Tensor& y_pred,
            const std::optional<std::vector<std::int64_t>>& axis) {
  return values<Dice>({.axis = axis}, y_true, y_pred);
}

Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha, double beta,
               const std::optional<std::vector<std::int64_t>>& axis) {
  return values<Tversky>({.alpha = alpha, .beta = beta, .axis = axis}, y_true, y_pred);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::Dice, losses::DiceOptions, losses::Loss>;
template class Configured<losses::Tversky, losses::TverskyOptions, losses::Loss>;
}  // namespace keratin
