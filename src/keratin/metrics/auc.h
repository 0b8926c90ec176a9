// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/metrics/confusion_counts.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

struct AUCOptions {
  std::int64_t num_thresholds = 200;
  std::string curve = "ROC";
  std::string summation_method = "interpolation";
  std::string name = "";
  std::optional<std::vector<double>> thresholds = std::nullopt;
  bool multi_label = false;
  std::optional<std::int64_t> num_labels = std::nullopt;
  std::optional<std::vector<double>> label_weights = std::nullopt;
  bool from_logits = false;
};

/// The area under the ROC, PR or PRGAIN curve, by a Riemann sum over the thresholds. `curve` is
/// "ROC", "PR" or "PRGAIN"; `summation_method` "interpolation", "minoring" or "majoring".
/// `thresholds`, where given, stand in the place of num_thresholds. With `multi_label` every column
/// has its own area, and the result is their mean by label_weights; otherwise label_weights weigh
/// the columns' predictions. Throws std::invalid_argument for any other name, num_thresholds < 2
/// or > kMostThresholds, or num_labels without multi_label.
class AUC final : public Configured<AUC, AUCOptions, Metric> {
 public:
  static constexpr std::string_view kName = "AUC";
  explicit AUC(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(options_.multi_label); }
  void set_width(std::size_t width) override { counts_.set_labels(width); }
  enum class Curve { kRoc, kPr, kPrGain };
  enum class Summation { kInterpolation, kMinoring, kMajoring };
  static Curve curve_of(std::string_view name);
  static Summation summation_of(std::string_view name);
  static const AUCOptions& checked(const AUCOptions& options);
  double area(std::size_t label) const;
  double area_under_pr(std::size_t label) const;

  Curve curve_ = Curve::kRoc;
  Summation summation_ = Summation::kInterpolation;
  ConfusionCounts counts_;
};

}  // namespace keratin::metrics
