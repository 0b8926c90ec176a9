// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/circle.h"

#include <limits>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/making.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/statistics.h"

namespace keratin::losses {

template <class F>
void fields(F& f, CircleOptions& o) {
  common_fields(f, o);
  f("gamma", o.gamma);
  f("margin", o.margin);
  f("remove_diagonal", o.remove_diagonal);
}

Circle::Circle(Options options) : Configured(options, options.name, options.reduction) {}

namespace {

/// (B,) as (B, 1).
Value as_column(const Value& labels) {
  const Value whole = ops::cast(labels, DType::kInt32);
  return whole.shape().rank() == 1 ? ops::reshape(whole, {-1, 1}) : whole;
}

void check_shapes(const Value& labels, const Value& embeddings, std::string_view names) {
  const Shape& shape = labels.shape();
  if (embeddings.shape().rank() == 2 &&
      (shape.rank() == 1 || (shape.rank() == 2 && shape[1] == 1)) &&
      shape[0] == embeddings.shape()[0])
    return;
  invalid_argument(Circle::kName, names,
                   " must have the shapes (batch_size,) and (batch_size, output_dim). Received: ",
                   shape, " and ", embeddings.shape());
}

/// log sum exp of `values` along each row where `counts`; -inf where it counts none.
Value log_sum_exp_where(const Value& counts, const Value& values) {
  constexpr float kNothing = -std::numeric_limits<float>::infinity();
  return ops::logsumexp(ops::where(counts, values, ops::number_beside(kNothing, values)), {1});
}

}  // namespace

Value circle(const Value& y_true, const Value& y_pred, const Value& ref_labels,
             const Value& ref_embeddings, bool remove_diagonal, double gamma, double margin) {
  const Value embeddings = ops::cast(y_pred, DType::kFloat32);
  const Value others = ref_embeddings ? ops::cast(ref_embeddings, DType::kFloat32) : embeddings;
  const Value& other_labels = ref_labels ? ref_labels : y_true;
  check_shapes(y_true, embeddings, "y_true and y_pred");
  check_shapes(other_labels, others, "ref_labels and ref_embeddings");

  const Value zero = ops::number_beside(0, embeddings);
  const Value distances = ops::maximum(1.0 - ops::matmul_transposed(embeddings, others), zero);
  const Value same = ops::equal(as_column(y_true), ops::transpose(as_column(other_labels)));
  const Value negative = ops::logical_not(same);
  Value positive = same;
  if (remove_diagonal) {
    const Value diagonal = ops::tril(ops::triu(ops::ones_like(distances)));
    positive = ops::logical_and(same, ops::equal(diagonal, zero));
  }
  // The weights have slopes of their own: Keras does not hold them still.
  const auto weights = [&](const Value& raw, const Value& counts) {
    return ops::maximum(raw * ops::cast(counts, distances.dtype()), zero);
  };
  const Value near = weights(distances + margin, positive) * (margin - distances) * -gamma;
  const Value far =
      weights((1 + margin) - distances, negative) * ((1 - margin) - distances) * gamma;
  const Value values =
      ops::softplus(log_sum_exp_where(positive, near) + log_sum_exp_where(negative, far));
  return values.with_mask(ops::greater(values.constant(), zero));
}

Value Circle::call(const Value& y_true, const Value& y_pred) const {
  return circle(y_true, y_pred, {}, {}, options_.remove_diagonal, options_.gamma, options_.margin);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::Circle, losses::CircleOptions, losses::Loss>;
}  // namespace keratin
