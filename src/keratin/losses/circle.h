// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct CircleOptions {
  double gamma = 80.0;
  double margin = 0.4;
  bool remove_diagonal = true;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "circle";
};

/// Brings embeddings of one class together and moves those of others apart: of a batch of
/// L2-normalized embeddings y_pred (B, D) with class numbers y_true (B,) or (B, 1), each against
/// all of the batch, d = max(1 - <x, y>, 0), m the margin:
///   positive = log sum over the same class of exp(-gamma (m + d) (m - d))
///   negative = log sum over the others of exp(gamma max(1 + m - d, 0) (1 - m - d))
///   value = softplus(positive + negative)
/// One value a sample, (B,); samples whose value is 0 do not count. `remove_diagonal` leaves out
/// each against itself. Throws std::invalid_argument for other shapes.
/// Source: Sun et al., arXiv:2002.10857.
class Circle final : public Configured<Circle, CircleOptions, Loss> {
 public:
  static constexpr std::string_view kName = "Circle";
  explicit Circle(Options options = {});
  Value call(const Value& y_true, const Value& y_pred) const override;
};

/// Keras's function: the values per sample, with their mask, against a batch of others, which by
/// default is the same: ref_labels (R,) or (R, 1) and ref_embeddings (R, D).
Value circle(const Value& y_true, const Value& y_pred, const Value& ref_labels = {},
             const Value& ref_embeddings = {}, bool remove_diagonal = true, double gamma = 80.0,
             double margin = 0.4);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::Circle, losses::CircleOptions, losses::Loss>;
}  // namespace keratin
