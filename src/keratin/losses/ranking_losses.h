// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

/// Losses of lists whose items are to be put in order. KerasRS: `keras_rs.losses`.
///
/// y_true are the relevances of the items, (B, L), or (L,) of one list; y_pred are their scores, of
/// the same shape. An item whose relevance is negative has no part in anything, nor has one that a
/// mask which y_true carries leaves out (KerasRS: `{"labels": ..., "mask": ...}`): its score may be
/// NaN. Throw std::invalid_argument for other shapes.
///
/// `temperature` is what scores are divided by, positive.
namespace keratin::losses {

struct RankingLossOptions {
  double temperature = 1.0;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "";
};

/// One value an item, (B, L): of item i the sum of f(s_i - s_j) over the items j of its list that
/// are less relevant. B and L are those of y_pred, which is divided by the temperature to be s.
class PairwiseLoss : public Loss {
 public:
  Value call(const Value& y_true, const Value& y_pred) const override;

 protected:
  PairwiseLoss(const RankingLossOptions& options, std::string_view class_name);
  /// f, of any shape.
  virtual Value of_pairs(const Value& differences) const = 0;

 private:
  double temperature_;
};

/// f(d) = max(0, 1 - d).
class PairwiseHingeLoss final
    : public Configured<PairwiseHingeLoss, RankingLossOptions, PairwiseLoss> {
 public:
  static constexpr std::string_view kName = "PairwiseHingeLoss";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit PairwiseHingeLoss(Options options = {});

 private:
  Value of_pairs(const Value& differences) const override;
};

/// f(d) = log(1 + exp(-d)). As in KerasRS the slope of a pair of equal scores is 0.
class PairwiseLogisticLoss final
    : public Configured<PairwiseLogisticLoss, RankingLossOptions, PairwiseLoss> {
 public:
  static constexpr std::string_view kName = "PairwiseLogisticLoss";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit PairwiseLogisticLoss(Options options = {});

 private:
  Value of_pairs(const Value& differences) const override;
};

/// f(d) = 1 - sigmoid(d).
class PairwiseSoftZeroOneLoss final
    : public Configured<PairwiseSoftZeroOneLoss, RankingLossOptions, PairwiseLoss> {
 public:
  static constexpr std::string_view kName = "PairwiseSoftZeroOneLoss";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit PairwiseSoftZeroOneLoss(Options options = {});

 private:
  Value of_pairs(const Value& differences) const override;
};

/// One value an item, (B, L): of item i the sum of ((y_i - y_j) - (s_i - s_j))^2 over all other
/// items j of its list. Scores are taken as they are: a temperature other than 1 is an error.
class PairwiseMeanSquaredError final
    : public Configured<PairwiseMeanSquaredError, RankingLossOptions, Loss> {
 public:
  static constexpr std::string_view kName = "PairwiseMeanSquaredError";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit PairwiseMeanSquaredError(Options options = {});
  Value call(const Value& y_true, const Value& y_pred) const override;
};

/// One value a list, (B,): the negative log-likelihood of its items coming in the order of their
/// relevance, when each next one is drawn by the softmax of the scores of those left. Items of
/// equal relevance come as they stand. Lists have an item at least. Source: Xia et al., "Listwise
/// approach to learning to rank" (2008).
class ListMLELoss final : public Configured<ListMLELoss, RankingLossOptions, Loss> {
 public:
  static constexpr std::string_view kName = "ListMLELoss";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit ListMLELoss(Options options = {});
  Value call(const Value& y_true, const Value& y_pred) const override;
};

}  // namespace keratin::losses
