// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/losses/class_factors.h"
#include "keratin/losses/loss_rows.h"

/// Crossentropies of one row of classes. `target(j)` is the true probability of class j; the
/// gradient set is that of weight times the value returned. Not installed.
namespace keratin::losses {

/// The predictions of one sample, `stride` apart, and the place of their gradient (may be null).
struct ClassRow {
  const float* pred;
  float* gradient;
  std::int64_t length;
  std::int64_t stride;
  float operator[](std::int64_t j) const { return pred[j * stride]; }
};

/// What softmax needs of a row: exp(x - most) / sum.
struct Softmax {
  explicit Softmax(const ClassRow& row) : most(-std::numeric_limits<float>::infinity()) {
    for (std::int64_t j = 0; j < row.length; ++j) most = std::max(most, row[j]);
    for (std::int64_t j = 0; j < row.length; ++j)
      sum += static_cast<double>(std::exp(row[j] - most));
  }
  float of(float x) const {
    return static_cast<float>(static_cast<double>(std::exp(x - most)) / sum);
  }
  float most;
  double sum = 0;
};

/// -sum target log softmax(x); gradient softmax(x) sum(target) - target.
template <class Target>
double crossentropy_of_logits(const ClassRow& row, double weight, Target target) {
  const Softmax softmax(row);
  const double log_sum = std::log(softmax.sum);
  double value = 0;
  double all = 0;
  for (std::int64_t j = 0; j < row.length; ++j) {
    const double t = target(j);
    all += t;
    if (t != 0) value += t * (log_sum - static_cast<double>(row[j] - softmax.most));
  }
  if (row.gradient) {
    const double scale = all / softmax.sum;
    for (std::int64_t j = 0; j < row.length; ++j) {
      const double e = static_cast<double>(std::exp(row[j] - softmax.most));
      row.gradient[j * row.stride] = static_cast<float>(weight * (e * scale - target(j)));
    }
  }
  return value;
}

/// The derivative by a prediction p, from that by o = p / sum(p) that the gradient holds:
/// (slope - sum(slopes * o)) / sum(p).
template <class Probability>
void through_normalization(const ClassRow& row, double sum, double along, Probability probability) {
  for (std::int64_t j = 0; j < row.length; ++j) {
    float& slope = row.gradient[j * row.stride];
    slope = static_cast<float>((static_cast<double>(slope) - along) / sum * probability(j));
  }
}

/// -sum target log clip(p / sum(p)).
template <class Target>
double crossentropy_of_probabilities(const ClassRow& row, double weight, Target target) {
  double total = 0;
  for (std::int64_t j = 0; j < row.length; ++j) total += static_cast<double>(row[j]);
  const float sum = static_cast<float>(total);
  double value = 0;
  double along = 0;
  for (std::int64_t j = 0; j < row.length; ++j) {
    const double t = target(j);
    float slope = 0;
    if (t != 0) {
      const float share = row[j] / sum;
      const Point kept = clip(share, kEpsilon, kOneMinusEpsilon);
      value -= t * static_cast<double>(std::log(kept.value));
      slope = static_cast<float>(-weight * t * static_cast<double>(kept.slope / kept.value));
      along += static_cast<double>(slope) * static_cast<double>(share);
    }
    if (row.gradient) row.gradient[j * row.stride] = slope;
  }
  if (row.gradient) through_normalization(row, total, along, [](std::int64_t) { return 1.0; });
  return value;
}

struct Focus {
  const ClassFactors& alpha;
  float gamma;
  bool from_logits;
};

/// -sum alpha_j (1 - c)^gamma target log c, with c = clip(p / sum(p)), p softmax of the logits or
/// given.
template <class Target>
double focal_crossentropy(const ClassRow& row, double weight, const Focus& focus, Target target) {
  const auto sum_up = [&](auto probability) {
    double total = 0;
    for (std::int64_t j = 0; j < row.length; ++j) total += static_cast<double>(probability(j));
    const float sum = static_cast<float>(total);
    double value = 0;
    double along = 0;
    for (std::int64_t j = 0; j < row.length; ++j) {
      const double t = target(j);
      float slope = 0;
      if (t != 0) {
        const float share = probability(j) / sum;
        const Point kept = clip(share, kEpsilon, kOneMinusEpsilon);
        const Point focal = power(1 - kept.value, focus.gamma);
        const float log = std::log(kept.value);
        const double scale = focus.alpha[j] * t;
        value -= scale * static_cast<double>(focal.value * log);
        slope = static_cast<float>(
            weight * scale *
            static_cast<double>((focal.slope * log - focal.value / kept.value) * kept.slope));
        along += static_cast<double>(slope) * static_cast<double>(share);
      }
      if (row.gradient) row.gradient[j * row.stride] = slope;
    }
    if (row.gradient) {
      // The derivatives by p sum to 0 when weighted with p, so softmax only multiplies each by its
      // p.
      const bool logits = focus.from_logits;
      through_normalization(row, total, along, [&](std::int64_t j) {
        return logits ? static_cast<double>(probability(j)) : 1.0;
      });
    }
    return value;
  };
  if (!focus.from_logits) return sum_up([&](std::int64_t j) { return row[j]; });
  const Softmax softmax(row);
  return sum_up([&](std::int64_t j) { return softmax.of(row[j]); });
}

}  // namespace keratin::losses
