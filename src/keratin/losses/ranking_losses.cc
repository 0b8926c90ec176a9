// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/ranking_losses.h"

#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/losses/ranked_lists.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/making.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/places.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/scans.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/sorting.h"

namespace keratin::losses {

template <class F>
void fields(F& f, RankingLossOptions& o) {
  common_fields(f, o);
  f("temperature", o.temperature);
}

namespace {

const RankingLossOptions& checked(const RankingLossOptions& o, std::string_view who) {
  if (!(o.temperature > 0))
    invalid_argument(who, "temperature must be positive. Received: ", o.temperature);
  return o;
}

std::string name_of(const RankingLossOptions& o, std::string_view who) {
  return checked(o, who).name.empty() ? auto_name(who) : o.name;
}

/// Lists as (B, L).
struct Lists {
  Value relevances;
  Value scores;
  Value counts;  // bool: which items do
};

Value as_batch(const Value& x) { return x.shape().rank() == 1 ? ops::expand_dims(x, {0}) : x; }

Lists lists_of(const Value& y_true, const Value& y_pred, std::string_view who) {
  const Value mask = y_true.mask();
  check_lists(who, y_true.shape(), y_pred.shape(),
              mask ? std::optional(mask.shape()) : std::nullopt);
  Value counts = ops::greater_equal(y_true, ops::number_beside(0, y_true));
  if (mask) counts = ops::logical_and(counts, mask);
  return {as_batch(y_true.with_mask({})), as_batch(y_pred.with_mask({})), as_batch(counts)};
}

/// x_i - x_j, (B, L, L).
Value differences(const Value& x) {
  return ops::subtract(ops::expand_dims(x, {-1}), ops::expand_dims(x, {-2}));
}

/// Whether both items of a pair count.
Value both(const Value& counts) {
  return ops::logical_and(ops::expand_dims(counts, {-1}), ops::expand_dims(counts, {-2}));
}

/// The values of pairs that count, and 0 for others, whatever they are.
Value where_counts(const Value& counts, const Value& x) {
  return ops::where(counts, x, ops::number_beside(0, x));
}

}  // namespace

PairwiseLoss::PairwiseLoss(const RankingLossOptions& options, std::string_view class_name)
    : Loss(name_of(options, class_name), options.reduction), temperature_(options.temperature) {}

Value PairwiseLoss::call(const Value& y_true, const Value& y_pred) const {
  const Lists lists = lists_of(y_true, y_pred, class_name());
  const Value apart = differences(lists.relevances);
  const Value counts =
      ops::logical_and(both(lists.counts), ops::greater(apart, ops::number_beside(0, apart)));
  const Value pairs = where_counts(counts, differences(lists.scores)) / temperature_;
  return ops::sum(where_counts(counts, of_pairs(pairs)), {-1});
}

PairwiseHingeLoss::PairwiseHingeLoss(Options options) : Configured(options, options, kName) {}

Value PairwiseHingeLoss::of_pairs(const Value& differences) const {
  return ops::relu(1.0 - differences);
}

PairwiseLogisticLoss::PairwiseLogisticLoss(Options options) : Configured(options, options, kName) {}

Value PairwiseLogisticLoss::of_pairs(const Value& differences) const {
  return ops::relu(-differences) + ops::log1p(ops::exp(-ops::absolute(differences)));
}

PairwiseSoftZeroOneLoss::PairwiseSoftZeroOneLoss(Options options)
    : Configured(options, options, kName) {}

Value PairwiseSoftZeroOneLoss::of_pairs(const Value& differences) const {
  return ops::sigmoid(-differences);
}

PairwiseMeanSquaredError::PairwiseMeanSquaredError(Options options)
    : Configured(options, name_of(options, kName), options.reduction) {
  if (options.temperature != 1) {
    // Keras: KerasRS takes it, and does nothing with it.
    invalid_argument(kName, "temperature must be 1: it has no part in this loss. Received: ",
                     options.temperature);
  }
}

Value PairwiseMeanSquaredError::call(const Value& y_true, const Value& y_pred) const {
  const Lists lists = lists_of(y_true, y_pred, kName);
  const Value counts = both(lists.counts);
  // An item is as far from itself as it should be.
  const Value pairs = differences(where_counts(lists.counts, lists.relevances)) -
                      differences(where_counts(lists.counts, lists.scores));
  return ops::sum(where_counts(counts, ops::square(pairs)), {-1});
}

ListMLELoss::ListMLELoss(Options options)
    : Configured(options, name_of(options, kName), options.reduction) {}

Value ListMLELoss::call(const Value& y_true, const Value& y_pred) const {
  constexpr double kLast = -1e9;  // of items that do not count: behind all others
  constexpr double kEpsilon = 1e-10;
  const Lists lists = lists_of(y_true, y_pred, kName);
  const std::int64_t length = lists.scores.shape()[1];
  if (length == 0) invalid_argument(kName, "a list must have an item at least. Received: 0");
  const auto or_last = [](const Value& counts, const Value& x) {
    return ops::where(counts, x, ops::number_beside(kLast, x));
  };
  const Value order = ops::top_k(or_last(lists.counts, lists.relevances), length)[1];
  const auto in_order = [&](const Value& x) { return ops::take_along_axis(x, order, 1); };
  const Value counts = in_order(lists.counts);
  const Value any = ops::any(counts, {1}, true);

  const Value scores = in_order(or_last(lists.counts, lists.scores)) / options_.temperature;
  const Value largest = where_counts(any, ops::max(or_last(counts, scores), {1}, true));
  const Value logits = or_last(counts, scores - largest);
  const Value left = ops::flip(ops::cumsum(ops::flip(ops::exp(logits), {1}), 1), {1});
  const Value likelihoods = where_counts(counts, logits - ops::log(left + kEpsilon));
  return -ops::sum(likelihoods, {1});
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::PairwiseHingeLoss, losses::RankingLossOptions,
                          losses::PairwiseLoss>;
template class Configured<losses::PairwiseLogisticLoss, losses::RankingLossOptions,
                          losses::PairwiseLoss>;
template class Configured<losses::PairwiseSoftZeroOneLoss, losses::RankingLossOptions,
                          losses::PairwiseLoss>;
template class Configured<losses::PairwiseMeanSquaredError, losses::RankingLossOptions,
                          losses::Loss>;
template class Configured<losses::ListMLELoss, losses::RankingLossOptions, losses::Loss>;
}  // namespace keratin
