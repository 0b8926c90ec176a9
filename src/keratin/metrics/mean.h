// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

/// A weighted sum over samples and its weight, gathered as Keras's reduce_to_samplewise_values
/// does: a sample is an element of the first axis, and axes that the weights lack are averaged (or
/// summed).
struct SampleSum {
  double total = 0;
  double count = 0;

  /// `weights` (sample_weight), `mask` and `values_mask` may be null; the last counts only beside
  /// one of the others, as in Keras. Throws std::invalid_argument, before any change, for shapes
  /// that do not go together.
  void add(const Tensor& values, const Tensor& weights, const Tensor& mask,
           const Tensor& values_mask, std::string_view who, bool average = true);
  /// total / count, and 0 where nothing was counted.
  double mean() const { return count == 0 ? 0 : total / count; }
  std::vector<StatePart> parts() { return {{"total", {}, {&total}}, {"count", {}, {&count}}}; }
};

/// A tensor of shape ().
Tensor scalar(double value);

struct MeanOptions {
  std::string name = "mean";
};

/// The weighted mean of values. Throws std::invalid_argument where it is given y_true and y_pred.
class Mean final : public Configured<Mean, MeanOptions, Metric> {
 public:
  static constexpr std::string_view kName = "Mean";
  explicit Mean(Options options = {});

  /// Values of any shape, the first axis the samples. `sample_weight` may be null. A mask that the
  /// values carry applies.
  void update_state(const Tensor& values, const Tensor& sample_weight = {});
  void update_state(double value, double sample_weight = 1);
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override;
  Tensor result() const override { return scalar(sum_.mean()); }
  void reset_state() override { sum_ = {}; }

 private:
  std::vector<StatePart> parts() override { return sum_.parts(); }
  SampleSum sum_;
};

struct SumOptions {
  std::string name = "sum";
};

/// The weighted sum of values. Otherwise as Mean.
class Sum final : public Configured<Sum, SumOptions, Metric> {
 public:
  static constexpr std::string_view kName = "Sum";
  explicit Sum(Options options = {});

  void update_state(const Tensor& values, const Tensor& sample_weight = {});
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override;
  Tensor result() const override { return scalar(sum_.total); }
  void reset_state() override { sum_ = {}; }

 private:
  std::vector<StatePart> parts() override { return {{"total", {}, {&sum_.total}}}; }
  SampleSum sum_;
};

/// The mean of a function of y_true and y_pred. Keras: MeanMetricWrapper. Mask and sample weight
/// apply.
class MeanOfValues : public Metric {
 public:
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override { return scalar(sum_.mean()); }
  void reset_state() override { sum_ = {}; }
  /// The values; what the mask (which may be null) leaves out may hold anything.
  virtual Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const = 0;

 protected:
  using Metric::Metric;
  /// What the function itself leaves out, as `ignore_class` does; null: nothing.
  virtual Tensor values_mask(const Tensor& y_true, const Shape& values) const;

 private:
  std::vector<StatePart> parts() override { return sum_.parts(); }
  SampleSum sum_;
};

}  // namespace keratin::metrics
