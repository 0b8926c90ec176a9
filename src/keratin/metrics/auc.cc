// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/auc.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "keratin/metrics/mean.h"
#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

namespace {

/// Keras's epsilon lies on either side of [0, 1], so that every prediction is inside.
ConfusionCounts counts_of(const AUCOptions& options) {
  std::vector<double> inner;
  bool evenly = true;
  if (options.thresholds) {
    inner = *options.thresholds;
    std::sort(inner.begin(), inner.end());
    std::vector<double> all = inner;
    all.insert(all.begin(), 0.0);
    all.push_back(1.0);
    evenly = ConfusionCounts::are_even(all);
  } else {
    for (std::int64_t i = 1; i < options.num_thresholds - 1; ++i) {
      inner.push_back(static_cast<double>(i) / static_cast<double>(options.num_thresholds - 1));
    }
  }
  inner.insert(inner.begin(), -1e-7);
  inner.push_back(1 + 1e-7);
  return ConfusionCounts(std::move(inner), evenly);
}

/// Keras writes the thresholds only where they were given.
void threshold_field(ConfigWriter& f, const std::optional<std::vector<double>>& thresholds) {
  if (thresholds) f("thresholds", thresholds);
}
void threshold_field(ConfigReader& f, std::optional<std::vector<double>>& thresholds) {
  f("thresholds", thresholds);
}

}  // namespace

template <class F>
void fields(F& f, AUCOptions& o) {
  common_fields(f, o);
  f("num_thresholds", o.num_thresholds);
  f("curve", o.curve);
  f("summation_method", o.summation_method);
  f("multi_label", o.multi_label);
  f("num_labels", o.num_labels);
  f("label_weights", o.label_weights);
  f("from_logits", o.from_logits);
  threshold_field(f, o.thresholds);
}

// Keras: what is refused uses up no automatic name.
AUC::AUC(Options options)
    : Configured(options, name_or_new(checked(options).name, kName)),
      curve_(curve_of(options.curve)),
      summation_(summation_of(options.summation_method)),
      counts_(counts_of(options)) {
  options_.curve = curve_ == Curve::kPr ? "PR" : curve_ == Curve::kPrGain ? "PRGAIN" : "ROC";
  options_.summation_method = summation_ == Summation::kMinoring   ? "minoring"
                              : summation_ == Summation::kMajoring ? "majoring"
                                                                   : "interpolation";
  if (options_.thresholds) {
    std::sort(options_.thresholds->begin(), options_.thresholds->end());
    options_.num_thresholds = static_cast<std::int64_t>(options_.thresholds->size()) + 2;
  }
}

AUC::Curve AUC::curve_of(std::string_view name) {
  if (name == "roc" || name == "ROC") return Curve::kRoc;
  if (name == "pr" || name == "PR") return Curve::kPr;
  if (name == "prgain" || name == "PRGAIN") return Curve::kPrGain;
  invalid_argument("AUC", "curve must be 'ROC', 'PR' or 'PRGAIN'. Received: '", name, "'");
}

AUC::Summation AUC::summation_of(std::string_view name) {
  if (name == "interpolation" || name == "Interpolation") return Summation::kInterpolation;
  if (name == "minoring" || name == "Minoring") return Summation::kMinoring;
  if (name == "majoring" || name == "Majoring") return Summation::kMajoring;
  invalid_argument(
      "AUC", "summation_method must be 'interpolation', 'minoring' or 'majoring'. Received: '",
      name, "'");
}

const AUCOptions& AUC::checked(const AUCOptions& options) {
  if (!options.thresholds) check_num_thresholds("AUC", options.num_thresholds, 2);
  curve_of(options.curve);
  summation_of(options.summation_method);
  if (options.num_labels && !options.multi_label) {
    invalid_argument("AUC", "num_labels is needed only when multi_label is true. Received: ",
                     *options.num_labels);
  }
  return options;
}

void AUC::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                       const Tensor&) {
  const bool multi = options_.multi_label;
  if (multi && y_pred && y_pred.shape().rank() == 2) {
    const std::int64_t labels = y_pred.shape().back();
    const auto weights =
        options_.label_weights ? static_cast<std::int64_t>(options_.label_weights->size()) : labels;
    if (labels != options_.num_labels.value_or(labels) || labels != weights) {
      invalid_argument("AUC",
                       "y_pred must have num_labels columns, and as many label_weights. Received: ",
                       y_pred.shape());
    }
  }
  CountingOptions how{.multi_label = multi, .from_logits = options_.from_logits};
  if (!multi && options_.label_weights) how.label_weights = *options_.label_weights;
  counts_.update(y_true, y_pred, sample_weight, how, class_name());
}

void AUC::reset_state() { counts_.reset(); }

/// Davis and Goadrich, "The relationship between precision-recall and ROC curves" (2006): precision
/// is not linear between two thresholds, true positives are linear in all positives.
double AUC::area_under_pr(std::size_t label) const {
  const std::size_t labels = counts_.labels();
  double sum = 0;
  for (std::size_t i = 0; i + 1 < counts_.thresholds(); ++i) {
    const std::size_t here = i * labels + label;
    const std::size_t next = here + labels;
    const double tp = counts_.true_positives[next];
    const double p_here = counts_.true_positives[here] + counts_.false_positives[here];
    const double p_next = tp + counts_.false_positives[next];
    const double dtp = counts_.true_positives[here] - tp;
    const double dp = std::max(p_here - p_next, 0.0);
    const double slope = dp == 0 ? 0 : dtp / dp;
    const double intercept = tp - slope * p_next;
    const double growth = p_here > 0 && p_next > 0 ? p_here / p_next : 1;
    const double all = std::max(tp + counts_.false_negatives[next], 0.0);
    if (all != 0) sum += slope * (dtp + intercept * std::log(growth)) / all;
  }
  return sum;
}

double AUC::area(std::size_t label) const {
  if (curve_ == Curve::kPr && summation_ == Summation::kInterpolation) return area_under_pr(label);
  const std::size_t labels = counts_.labels();
  const auto divide = [](double a, double b) { return b == 0 ? 0 : a / b; };
  const auto point = [&](std::size_t i) -> std::array<double, 2> {
    const std::size_t at = i * labels + label;
    const double tp = counts_.true_positives[at];
    const double fp = counts_.false_positives[at];
    const double tn = counts_.true_negatives[at];
    const double fn = counts_.false_negatives[at];
    if (curve_ == Curve::kRoc) return {divide(fp, fp + tn), divide(tp, tp + fn)};
    if (curve_ == Curve::kPr) return {divide(tp, tp + fn), divide(tp, tp + fp)};
    if (tp == 0) return {0, 1};
    const double scale = divide(tp + fn, tn + fp);
    return {std::max(1 - scale * (fn / tp), 0.0), 1 - scale * (fp / tp)};
  };
  double sum = 0;
  std::array<double, 2> here = point(0);
  for (std::size_t i = 1; i < counts_.thresholds(); ++i) {
    const std::array<double, 2> next = point(i);
    double height = (here[1] + next[1]) / 2;
    if (summation_ == Summation::kMinoring) height = std::min(here[1], next[1]);
    if (summation_ == Summation::kMajoring) height = std::max(here[1], next[1]);
    sum += (here[0] - next[0]) * height;
    here = next;
  }
  return sum;
}

Tensor AUC::result() const {
  if (!options_.multi_label) return scalar(area(0));
  double sum = 0;
  double all = 0;
  for (std::size_t label = 0; label < counts_.labels(); ++label) {
    const double weight = options_.label_weights ? options_.label_weights->at(label) : 1;
    sum += weight * area(label);
    all += weight;
  }
  return scalar(all == 0 ? 0 : sum / all);
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::AUC, metrics::AUCOptions, metrics::Metric>;
}  // namespace keratin
