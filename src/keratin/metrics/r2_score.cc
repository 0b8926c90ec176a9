// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/r2_score.h"

#include <cmath>

#include "keratin/metrics/mean.h"
#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, R2ScoreOptions& o) {
  common_fields(f, o);
  f("class_aggregation", o.class_aggregation);
  f("num_regressors", o.num_regressors);
}

R2Score::R2Score(Options options) : Configured(options, name_or_new(options.name, kName)) {
  const auto& how = options_.class_aggregation;
  if (how && *how != "uniform_average" && *how != "variance_weighted_average") {
    invalid_argument(
        "R2Score",
        "class_aggregation must be none, 'uniform_average' or 'variance_weighted_average'. "
        "Received: ",
        *how);
  }
  if (options_.num_regressors < 0) {
    invalid_argument("R2Score",
                     "num_regressors must not be negative. Received: ", options_.num_regressors);
  }
}

void R2Score::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                           const Tensor&) {
  const Pair pair = pair_of(y_true, y_pred, class_name());
  const Shape& shape = pair.shape;
  const auto width = shape.rank() == 2 ? static_cast<std::size_t>(shape[1]) : 0;
  if (shape.rank() != 2 || (!columns_.empty() && columns_.size() != width)) {
    invalid_argument(class_name(), "y_true and y_pred must have shape (batch_size, output_dim)",
                     columns_.empty() ? "" : " and the output_dim of the batches before",
                     ". Received: ", y_pred.shape());
  }
  losses::WeightArray weights{Shape{}, {1}};
  if (sample_weight) weights = losses::WeightArray::of(sample_weight);
  if (weights.shape.rank() == 1) weights.shape.push_back(1);
  if (losses::broadcast_shapes(shape, weights.shape) != shape) {
    invalid_argument(class_name(), "sample_weight of shape ", sample_weight.shape(),
                     " does not go together with y_pred of shape ", y_pred.shape());
  }
  columns_.resize(width);
  const auto truth = pair.y_true.data<float>();
  const auto pred = pair.y_pred.data<float>();
  bool any = false;
  losses::for_each_broadcast(shape, shape, weights.shape, [&](auto index, auto, auto at) {
    const auto i = static_cast<std::size_t>(index);
    const double weight = weights.data[static_cast<std::size_t>(at)];
    const double t = static_cast<double>(truth[i]);
    const double error = t - static_cast<double>(pred[i]);
    Column& column = columns_[i % width];
    column.sum += weight * t;
    column.squares += weight * t * t;
    column.residual += weight * error * error;
    column.count += weight;
    any = any || weight != 0;
    if (i % width == width - 1) {
      samples_ += any ? 1 : 0;
      any = false;
    }
  });
}

Tensor R2Score::result() const {
  Tensor scores = uninitialized(Shape{static_cast<std::int64_t>(columns_.size())});
  double sum = 0;
  double weighted = 0;
  double variances = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& c = columns_[i];
    const double total = c.squares - c.sum * (c.sum / c.count);
    double score = total == 0 ? 0 : 1 - c.residual / total;
    if (c.residual == 0) score = 1;
    if (std::isinf(score)) score = 0;
    scores.data<float>()[i] = static_cast<float>(score);
    sum += score;
    weighted += total * score;
    variances += total;
  }
  const bool each = !options_.class_aggregation;
  if (!each) {
    const double score = *options_.class_aggregation == "uniform_average"
                             ? sum / static_cast<double>(columns_.size())
                             : weighted / variances;
    scores = scalar(score);
  }
  const double p = static_cast<double>(options_.num_regressors);
  if (p > 0 && p < samples_ - 1) {  // Keras warns and gives the plain score otherwise
    for (float& score : scores.data<float>()) {
      const double rest = (1 - static_cast<double>(score)) * (samples_ - 1) / (samples_ - p - 1);
      score = static_cast<float>(1 - rest);
    }
  }
  return scores;
}

std::vector<StatePart> R2Score::parts() {
  std::vector<StatePart> all = {{"num_samples", {}, {&samples_}}};
  if (columns_.empty()) return all;
  const Shape shape = {static_cast<std::int64_t>(columns_.size())};
  for (const std::string_view name : {"squared_sum", "sum", "residual", "count"})
    all.push_back({name, shape, {}});
  for (Column& c : columns_) {
    all[1].numbers.push_back(&c.squares);
    all[2].numbers.push_back(&c.sum);
    all[3].numbers.push_back(&c.residual);
    all[4].numbers.push_back(&c.count);
  }
  return all;
}

void R2Score::reset_state() {
  for (Column& column : columns_) column = {};
  samples_ = 0;
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::R2Score, metrics::R2ScoreOptions, metrics::Metric>;
}  // namespace keratin
