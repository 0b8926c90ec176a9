// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

struct R2ScoreOptions {
  std::optional<std::string> class_aggregation = "uniform_average";
  std::int64_t num_regressors = 0;
  std::string name = "r2_score";
};

/// The coefficient of determination of (B, D) regressions, a score a column and then their mean
/// ("uniform_average"), their mean weighted by variance ("variance_weighted_average") or, for none,
/// all of them. With num_regressors > 0 the adjusted score, where there are samples enough. The
/// mask does not apply.
class R2Score final : public Configured<R2Score, R2ScoreOptions, Metric> {
 public:
  static constexpr std::string_view kName = "R2Score";
  explicit R2Score(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override;
  void set_width(std::size_t width) override {
    if (columns_.empty()) columns_.resize(width);
  }
  struct Column {
    double sum = 0;
    double squares = 0;
    double residual = 0;
    double count = 0;
  };
  std::vector<Column> columns_;
  double samples_ = 0;
};

}  // namespace keratin::metrics
