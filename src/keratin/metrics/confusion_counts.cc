// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/confusion_counts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "keratin/base/error.h"
#include "keratin/metrics/metric_options.h"
#include "keratin/tensor/pages.h"

namespace keratin::metrics {

namespace {

constexpr float kNegativeInfinity = -1e10f;  // Keras: NEG_INF

/// Keeps the k largest of every row (the earlier of equals); the others can be above no threshold.
void keep_top(std::vector<float>& pred, std::int64_t columns, std::int64_t k,
              std::string_view who) {
  if (k < 1 || k > columns) {
    invalid_argument(who, "top_k must be in [1, ", columns,
                     "], the classes of y_pred. Received: ", k);
  }
  const auto width = static_cast<std::size_t>(columns);
  std::vector<std::size_t> order(width);
  for (std::size_t first = 0; first < pred.size(); first += width) {
    float* row = pred.data() + first;
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::nth_element(order.begin(), order.begin() + (k - 1), order.end(),
                     [row](std::size_t a, std::size_t b) {
                       return row[a] > row[b] || (row[a] == row[b] && a < b);
                     });
    for (std::size_t i = static_cast<std::size_t>(k); i < width; ++i)
      row[order[i]] = kNegativeInfinity;
  }
}

std::vector<float> column(const float* data, std::int64_t rows, std::int64_t columns,
                          std::int64_t id) {
  std::vector<float> result(static_cast<std::size_t>(rows));
  for (std::int64_t i = 0; i < rows; ++i)
    result[static_cast<std::size_t>(i)] = data[i * columns + id];
  return result;
}

/// sample_weight over `shape`, one an element. Keras gives it a last axis of size 1 first.
std::vector<double> spread_weights(const Tensor& sample_weight, const Shape& shape,
                                   const Shape& truth_shape, std::string_view who) {
  losses::WeightArray weights = losses::WeightArray::of(sample_weight);
  weights.shape.push_back(1);
  Shape truth = truth_shape;
  losses::squeeze_or_expand_to_same_rank(truth, weights.shape, false);
  if (losses::broadcast_shapes(shape, weights.shape) != shape) {
    invalid_argument(who, "sample_weight of shape ", sample_weight.shape(),
                     " does not go together with y_pred of shape ", truth_shape);
  }
  std::vector<double> result(static_cast<std::size_t>(shape.size()));
  losses::for_each_broadcast(shape, shape, weights.shape, [&](auto i, auto, auto at) {
    result[static_cast<std::size_t>(i)] = weights.data[static_cast<std::size_t>(at)];
  });
  return result;
}

/// What a threshold takes up while a ConfusionCounts is made: its number, place and four counts.
constexpr std::int64_t kBytesPerThreshold = 64;

}  // namespace

void check_num_thresholds(std::string_view who, std::int64_t number, std::int64_t least) {
  if (number < least) {
    invalid_argument(who, "num_thresholds must be an integer > ", least - 1,
                     ". Received: ", number);
  }
  if (number > kMostThresholds) {
    invalid_argument(who, "num_thresholds must be at most ", kMostThresholds,
                     ": float32 tells no more apart. Received: ", number);
  }
  check_memory(who, "num_thresholds", number, kBytesPerThreshold);
}

std::vector<double> Thresholds::values_or(double otherwise, std::string_view who) const {
  if (!given_) return {otherwise};
  if (values_.empty()) invalid_argument(who, "thresholds must not be an empty list");
  for (const double value : values_) {
    if (!(value >= 0 && value <= 1)) {
      invalid_argument(who, "threshold values must be in [0, 1]. Received: ", value);
    }
  }
  return values_;
}

Config to_config(const Thresholds& thresholds) {
  if (!thresholds.given_) return {};
  return thresholds.list_ ? keratin::to_config(thresholds.values_)
                          : Config(thresholds.values_.front());
}

void from_config(const Config& config, Thresholds& thresholds) {
  if (config.is_null()) {
    thresholds = {};
  } else if (config.is_number()) {
    thresholds = Thresholds(config.as_double());
  } else {
    std::vector<double> values;
    keratin::from_config(config, values);
    thresholds = Thresholds(std::move(values));
  }
}

/// NumPy's allclose to i / (n - 1), with atol 1e-7 and rtol 1e-5.
bool ConfusionCounts::are_even(const std::vector<double>& thresholds) {
  const std::size_t n = thresholds.size();
  if (n < 3) return false;
  for (std::size_t i = 0; i < n; ++i) {
    const double place = static_cast<double>(i) / static_cast<double>(n - 1);
    if (!(std::fabs(thresholds[i] - place) <= 1e-7 + 1e-5 * place)) return false;
  }
  return true;
}

ConfusionCounts::ConfusionCounts(std::vector<double> thresholds)
    : ConfusionCounts(thresholds, are_even(thresholds)) {}

ConfusionCounts::ConfusionCounts(std::vector<double> thresholds, bool evenly)
    : order_(thresholds.size()), evenly_(evenly) {
  beyond_ = thresholds.front() < 0 || thresholds.back() > 1;
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return thresholds[a] < thresholds[b]; });
  for (const std::size_t i : order_) thresholds_.push_back(static_cast<float>(thresholds[i]));
  reset();
}

void ConfusionCounts::reset() {
  for (auto* counts : {&true_positives, &false_positives, &true_negatives, &false_negatives}) {
    counts->assign(thresholds_.size() * labels_, 0);
  }
}

void ConfusionCounts::set_labels(std::size_t labels) {
  if (labelled_) return;
  labels_ = labels;
  labelled_ = true;
  reset();
}

StatePart ConfusionCounts::part(std::string_view name, std::vector<double>& counts) {
  StatePart part{name, {static_cast<std::int64_t>(counts.size())}, {}};
  for (double& count : counts) part.numbers.push_back(&count);
  return part;
}

std::vector<StatePart> ConfusionCounts::parts(bool multi_label) {
  if (multi_label && !labelled_) return {};
  std::vector<StatePart> all = {
      part("true_positives", true_positives), part("false_positives", false_positives),
      part("true_negatives", true_negatives), part("false_negatives", false_negatives)};
  for (StatePart& part : all) {
    if (multi_label) {
      part.shape = {static_cast<std::int64_t>(thresholds_.size()),
                    static_cast<std::int64_t>(labels_)};
    }
  }
  return all;
}

/// How many of the sorted thresholds lie below the prediction.
std::size_t ConfusionCounts::positive_at(float prediction) const {
  if (!evenly_) {
    if (std::isnan(prediction)) return 0;
    return static_cast<std::size_t>(
        std::lower_bound(thresholds_.begin(), thresholds_.end(), prediction) - thresholds_.begin());
  }
  const float inside = prediction > 0 ? (prediction < 1 ? prediction : 1.0f) : 0.0f;  // NaN: 0
  const float bucket = std::ceil(inside * static_cast<float>(thresholds_.size() - 1));
  const auto above = static_cast<std::size_t>(bucket);
  return beyond_ && above == 0 ? 1 : above;
}

void ConfusionCounts::update(const Tensor& y_true, const Tensor& y_pred,
                             const Tensor& sample_weight, const CountingOptions& options,
                             std::string_view who) {
  const Pair pair = pair_of(y_true, y_pred, who);
  Shape shape = pair.shape;
  const std::int64_t columns = shape.rank() == 0 ? 1 : shape.back();
  const float* truth = pair.y_true.data<float>().data();
  const float* pred = pair.y_pred.data<float>().data();
  std::vector<float> own_truth;
  std::vector<float> own_pred;
  if (options.from_logits) {
    own_pred.assign(pred, pred + shape.size());
    for (float& x : own_pred) x = 1 / (1 + std::exp(-x));
    pred = own_pred.data();
  }
  if (options.top_k && columns > 0) {
    if (own_pred.empty()) own_pred.assign(pred, pred + shape.size());
    keep_top(own_pred, columns, *options.top_k, who);
    pred = own_pred.data();
  }
  if (options.class_id) {
    if (shape.rank() < 2 || *options.class_id < 0 || *options.class_id >= columns) {
      invalid_argument(
          who, "class_id ", *options.class_id,
          " needs y_pred of shape (num_samples, num_classes) with that class. Received shape: ",
          y_pred.shape());
    }
    const std::int64_t rows = columns == 0 ? 0 : shape.size() / columns;
    own_truth = column(truth, rows, columns, *options.class_id);
    own_pred = column(pred, rows, columns, *options.class_id);
    truth = own_truth.data();
    pred = own_pred.data();
    shape[shape.rank() - 1] = 1;
  }
  std::size_t labels = 1;
  if (options.multi_label) {
    if (shape.rank() != 2) {
      invalid_argument(
          who, "y_pred must have rank 2 with multi_label. Received shape: ", y_pred.shape());
    }
    labels = static_cast<std::size_t>(shape.back());
    if (labelled_ && labels_ != labels) {
      invalid_argument(who, "y_pred must have ", labels_,
                       " labels. Received shape: ", y_pred.shape());
    }
  }
  const std::size_t width = shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape.back());
  if (!options.label_weights.empty() && options.label_weights.size() != width) {
    invalid_argument(who, "label_weights must be one a label, ", width,
                     ". Received: ", options.label_weights.size());
  }
  std::vector<double> weights;
  if (sample_weight) weights = spread_weights(sample_weight, shape, pair.shape, who);

  const std::size_t count = thresholds_.size();
  // At [(above * labels) + label]: how much lies above just so many thresholds.
  std::vector<double> positives((count + 1) * labels, 0);
  std::vector<double> negatives((count + 1) * labels, 0);
  const auto size = static_cast<std::size_t>(shape.size());
  for (std::size_t i = 0; i < size; ++i) {
    double weight = weights.empty() ? 1 : weights[i];
    if (!options.label_weights.empty()) weight *= options.label_weights[i % width];
    const std::size_t at = positive_at(pred[i]) * labels + (labels == 1 ? 0 : i % labels);
    (truth[i] != 0 ? positives : negatives)[at] += weight;
  }
  if (labels != labels_) {
    labels_ = labels;
    reset();
  }
  labelled_ = true;
  for (std::size_t label = 0; label < labels; ++label) {
    double above_true = 0;
    double above_false = 0;
    for (std::size_t above = count; above > 0; --above) {
      above_true += positives[above * labels + label];
      above_false += negatives[above * labels + label];
      const std::size_t place = order_[above - 1] * labels + label;
      true_positives[place] += above_true;
      false_positives[place] += above_false;
    }
    double below_true = 0;
    double below_false = 0;
    for (std::size_t above = 0; above < count; ++above) {
      below_true += positives[above * labels + label];
      below_false += negatives[above * labels + label];
      const std::size_t place = order_[above] * labels + label;
      false_negatives[place] += below_true;
      true_negatives[place] += below_false;
    }
  }
}

}  // namespace keratin::metrics
