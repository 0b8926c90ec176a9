// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/hinge_losses.h"

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/losses/loss_rows.h"

namespace keratin::losses {

namespace {

/// Keras: labels of 0 and 1 are taken to -1 and 1 only where the batch has no others.
bool all_zero_or_one(const Tensor& y_true) {
  for (const float t : y_true.data<float>()) {
    if (t != 0 && t != 1) return false;
  }
  return true;
}

}  // namespace

Hinge::Hinge(Options options) : Configured(options, options.name, options.reduction, kName) {}

double Hinge::evaluate(const Batch& batch) const {
  const bool binary = all_zero_or_one(batch.y_true);
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()),
                          [binary](float label, float p) {
                            const float t = binary ? 2 * label - 1 : label;
                            const Point margin = at_least(1 - t * p, 0);
                            return Point{margin.value, -t * margin.slope};
                          });
}

SquaredHinge::SquaredHinge(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double SquaredHinge::evaluate(const Batch& batch) const {
  const bool binary = all_zero_or_one(batch.y_true);
  return mean_of_elements(
      batch, rows_along(batch.shape, -1, class_name()), [binary](float label, float p) {
        const float t = binary ? 2 * label - 1 : label;
        const Point margin = at_least(1 - t * p, 0);
        return Point{margin.value * margin.value, -2 * t * margin.value * margin.slope};
      });
}

CategoricalHinge::CategoricalHinge(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double CategoricalHinge::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, -1, class_name());
  const float* truth = batch.y_true.data<float>().data();
  return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double weight) {
    double right = 0;
    float wrong = -std::numeric_limits<float>::infinity();
    std::int64_t equal = 0;  // elements that attain the maximum: JAX shares its gradient among them
    for (std::int64_t j = first; j < first + rows.length; ++j) {
      right += static_cast<double>(truth[j]) * static_cast<double>(batch.y_pred[j]);
      const float against = (1 - truth[j]) * batch.y_pred[j];
      if (against > wrong || std::isnan(against)) {
        wrong = against;
        equal = 1;
      } else if (against == wrong) {
        ++equal;
      }
    }
    const Point margin = at_least(static_cast<float>(static_cast<double>(wrong) - right + 1), 0);
    if (batch.gradient) {
      const float scale = static_cast<float>(weight) * margin.slope;
      for (std::int64_t j = first; j < first + rows.length; ++j) {
        const float t = truth[j];
        const bool attains = (1 - t) * batch.y_pred[j] == wrong;
        batch.gradient[j] = scale * ((attains ? (1 - t) / static_cast<float>(equal) : 0.0f) - t);
      }
    }
    return static_cast<double>(margin.value);
  });
}

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) {
  return values<Hinge>({}, y_true, y_pred);
}

Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return values<SquaredHinge>({}, y_true, y_pred);
}

Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return values<CategoricalHinge>({}, y_true, y_pred);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::Hinge, losses::HingeOptions, losses::Loss>;
template class Configured<losses::SquaredHinge, losses::SquaredHingeOptions, losses::Loss>;
template class Configured<losses::CategoricalHinge, losses::CategoricalHingeOptions, losses::Loss>;
}  // namespace keratin
