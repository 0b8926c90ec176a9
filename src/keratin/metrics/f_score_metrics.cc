// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/f_score_metrics.h"

#include <algorithm>
#include <cmath>

#include "keratin/metrics/mean.h"
#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, FBetaScoreOptions& o) {
  common_fields(f, o);
  f("average", o.average);
  f("beta", o.beta);
  f("threshold", o.threshold);
}

template <class F>
void fields(F& f, F1ScoreOptions& o) {
  common_fields(f, o);
  f("average", o.average);
  f("threshold", o.threshold);
}

FScoreCounts::FScoreCounts(Rule rule, std::string_view who) : rule_(std::move(rule)) {
  const auto& how = rule_.average;
  if (how && *how != "micro" && *how != "macro" && *how != "weighted") {
    invalid_argument(who, "average must be none, 'micro', 'macro' or 'weighted'. Received: '", *how,
                     "'");
  }
  if (!(rule_.beta > 0)) invalid_argument(who, "beta must be > 0. Received: ", rule_.beta);
  if (rule_.threshold && !(*rule_.threshold > 0 && *rule_.threshold <= 1)) {
    invalid_argument(who, "threshold must be in (0, 1]. Received: ", *rule_.threshold);
  }
}

void FScoreCounts::update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                          std::string_view who) {
  const Pair pair = pair_of(y_true, y_pred, who);
  const Shape& shape = pair.shape;
  const auto width = shape.rank() == 2 ? static_cast<std::size_t>(shape[1]) : 0;
  const bool micro = rule_.average == "micro";
  if (shape.rank() != 2 || width == 0 ||
      (!micro && !columns_.empty() && columns_.size() != width)) {
    invalid_argument(who, "y_true and y_pred must have shape (batch_size, output_dim)",
                     columns_.empty() ? "" : " and the output_dim of the batches before",
                     ". Received: ", y_pred.shape());
  }
  losses::WeightArray weights{Shape{}, {1}};
  if (sample_weight) weights = losses::WeightArray::of(sample_weight);
  while (weights.shape.rank() < 2) weights.shape.push_back(1);
  if (losses::broadcast_shapes(shape, weights.shape) != shape) {
    invalid_argument(who, "sample_weight of shape ", sample_weight.shape(),
                     " does not go together with y_pred of shape ", y_pred.shape());
  }
  columns_.resize(micro ? 1 : width);
  const auto truth = pair.y_true.data<float>();
  const auto pred = pair.y_pred.data<float>();
  float most = 0;
  losses::for_each_broadcast(shape, shape, weights.shape, [&](auto index, auto, auto at) {
    const auto i = static_cast<std::size_t>(index);
    bool positive;
    if (rule_.threshold) {
      positive = pred[i] > static_cast<float>(*rule_.threshold);
    } else {
      if (i % width == 0)
        most = *std::max_element(pred.begin() + index, pred.begin() + index + shape[1]);
      positive = pred[i] >= most && std::fabs(pred[i]) > 1e-9f;
    }
    const double weight = weights.data[static_cast<std::size_t>(at)];
    const double t = static_cast<double>(truth[i]);
    Column& column = columns_[micro ? 0 : i % width];
    if (positive) {
      column.true_positives += weight * t;
      column.false_positives += weight * (1 - t);
    } else {
      column.false_negatives += weight * t;
    }
    column.weight += weight * t;
  });
}

Tensor FScoreCounts::result() const {
  constexpr double kSmall = 1e-7;
  const double square = rule_.beta * rule_.beta;
  Tensor scores = uninitialized(Shape{static_cast<std::int64_t>(columns_.size())});
  double sum = 0;
  double weighted = 0;
  double weight = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& c = columns_[i];
    const double precision = c.true_positives / (c.true_positives + c.false_positives + kSmall);
    const double recall = c.true_positives / (c.true_positives + c.false_negatives + kSmall);
    const double score = precision * recall / (square * precision + recall + kSmall) * (1 + square);
    scores.data<float>()[i] = static_cast<float>(score);
    sum += score;
    weighted += score * c.weight;
    weight += c.weight;
  }
  if (!rule_.average) return scores;
  if (*rule_.average == "weighted") return scalar(weighted / (weight + kSmall));
  return scalar(columns_.empty() ? 0 : sum / static_cast<double>(columns_.size()));
}

void FScoreCounts::reset() {
  for (Column& column : columns_) column = {};
}

std::vector<StatePart> FScoreCounts::parts() {
  if (columns_.empty()) return {};
  const Shape shape =
      rule_.average == "micro" ? Shape{} : Shape{static_cast<std::int64_t>(columns_.size())};
  std::vector<StatePart> all = {{"true_positives", shape, {}},
                                {"false_positives", shape, {}},
                                {"false_negatives", shape, {}},
                                {"intermediate_weights", shape, {}}};
  for (Column& c : columns_) {
    all[0].numbers.push_back(&c.true_positives);
    all[1].numbers.push_back(&c.false_positives);
    all[2].numbers.push_back(&c.false_negatives);
    all[3].numbers.push_back(&c.weight);
  }
  return all;
}

FBetaScore::FBetaScore(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_({options.average, options.beta, options.threshold}, "FBetaScore") {}

void FBetaScore::update_state(const Tensor& y_true, const Tensor& y_pred,
                              const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, class_name());
}

Tensor FBetaScore::result() const { return counts_.result(); }

void FBetaScore::reset_state() { counts_.reset(); }

F1Score::F1Score(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_({options.average, 1.0, options.threshold}, "F1Score") {}

void F1Score::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                           const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, class_name());
}

Tensor F1Score::result() const { return counts_.result(); }

void F1Score::reset_state() { counts_.reset(); }

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::FBetaScore, metrics::FBetaScoreOptions, metrics::Metric>;
template class Configured<metrics::F1Score, metrics::F1ScoreOptions, metrics::Metric>;
}  // namespace keratin
