// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/base/configured.h"
#include "keratin/metrics/mean.h"
#include "keratin/random/seed_generator.h"

/// How good the order is that scores put items in. KerasRS: `keras_rs.metrics`.
///
/// y_true are the relevances of the items of a batch of lists, (B, L), or (L,) of one list; y_pred
/// are their scores, of the same shape. `sample_weight` is a number, a weight a list (B,), or one
/// an item (B, L). An item whose relevance is negative, whose weight is not positive (NaN among
/// them), or which a mask that y_true carries leaves out (KerasRS: `{"labels": ..., "mask": ...}`)
/// has no part in anything; a mask of y_pred says nothing here, as in KerasRS. The number is the
/// mean over the lists, of which each weighs what its relevant items weigh in the mean, and one
/// without any what the others do in the mean. Shapes that do not go together throw
/// std::invalid_argument, and change nothing.
namespace keratin::metrics {

struct RankingMetricOptions {
  std::optional<std::int64_t> k =
      std::nullopt;          // only the k items of the highest scores; none: all
  bool shuffle_ties = true;  // items of one score come by chance; else as they stand
  std::optional<std::int64_t> seed = std::nullopt;
  std::string name = "mean";
};

/// What the metrics have in common. Its state are `total` and `count`.
class RankingMetric : public Metric {
 public:
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override { return scalar(sum_.mean()); }
  void reset_state() override { sum_ = {}; }

 protected:
  RankingMetric(const RankingMetricOptions& options, std::string_view class_name);

  /// Lists of a batch, what does not count being 0 everywhere.
  struct Lists {
    std::size_t number, length;
    std::size_t k;                // how many are looked at
    std::vector<char> counts;     // (number, length), whether an item does
    std::vector<double> weights;  // (number, length)
    std::vector<double> gains;    // (number, length)
    std::vector<float> scores;    // (number, length)
  };
  /// The places of list `i` from the highest score on, the first k of them.
  using Order = std::vector<std::size_t>;

  /// What the items are worth: 1 from a relevance of 1 on, else 0.
  virtual Tensor gains(const Tensor& relevances) const;
  /// A value a list. `orders`: of each.
  virtual std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) = 0;
  /// The orders by those scores, (number, length).
  std::vector<Order> orders_by(const Lists& lists, const std::vector<float>& scores);
  /// What each list weighs.
  static std::vector<double> list_weights(const Lists& lists);

 private:
  Lists lists_of(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const;
  std::vector<StatePart> parts() override { return sum_.parts(); }

  std::optional<std::int64_t> k_;
  bool shuffle_ties_;
  random::SeedGenerator seeds_;
  SampleSum sum_;
};

/// 1 / r, r the place of the first item that is relevant (from 1 on) among the first k; 0 where
/// none is.
class MeanReciprocalRank final
    : public Configured<MeanReciprocalRank, RankingMetricOptions, RankingMetric> {
 public:
  static constexpr std::string_view kName = "MeanReciprocalRank";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit MeanReciprocalRank(Options options = {});

 private:
  std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) override;
};

/// The mean, over the relevant items, of the share of relevant ones down to each (0 behind k).
class MeanAveragePrecision final
    : public Configured<MeanAveragePrecision, RankingMetricOptions, RankingMetric> {
 public:
  static constexpr std::string_view kName = "MeanAveragePrecision";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit MeanAveragePrecision(Options options = {});

 private:
  std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) override;
};

/// The share of relevant items among the first k, or among all where a list has fewer.
class PrecisionAtK final : public Configured<PrecisionAtK, RankingMetricOptions, RankingMetric> {
 public:
  static constexpr std::string_view kName = "PrecisionAtK";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit PrecisionAtK(Options options = {});

 private:
  std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) override;
};

/// The share of the relevant items that is among the first k.
class RecallAtK final : public Configured<RecallAtK, RankingMetricOptions, RankingMetric> {
 public:
  static constexpr std::string_view kName = "RecallAtK";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit RecallAtK(Options options = {});

 private:
  std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) override;
};

struct GainMetricOptions {
  std::optional<std::int64_t> k = std::nullopt;
  /// Functions of float32 tensors, element by element: what relevances are worth (none: 2^y - 1),
  /// and what that counts at places 1, 2, ... (none: 1 / log2(1 + place)).
  Identifier<const activations::Activation> gain_fn = {};
  Identifier<const activations::Activation> rank_discount_fn = {};
  bool shuffle_ties = true;
  std::optional<std::int64_t> seed = std::nullopt;
  std::string name = "mean";
};

/// What DCG and NDCG have in common.
class GainMetric : public RankingMetric {
 protected:
  GainMetric(const GainMetricOptions& options, std::string_view class_name);
  Tensor gains(const Tensor& relevances) const override;
  /// The sum of weight * gain * discount along each order.
  std::vector<double> discounted(const Lists& lists, const std::vector<Order>& orders) const;

 private:
  Identifier<const activations::Activation> gain_fn_, rank_discount_fn_;
};

/// Discounted cumulative gain: the sum of gain_fn(relevance) * rank_discount_fn(place) over the
/// first k items. Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR
/// techniques" (2002).
class DCG final : public Configured<DCG, GainMetricOptions, GainMetric> {
 public:
  static constexpr std::string_view kName = "DCG";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit DCG(Options options = {});

 private:
  std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) override;
};

/// DCG over that of the best order; 0 where that is 0.
class NDCG final : public Configured<NDCG, GainMetricOptions, GainMetric> {
 public:
  static constexpr std::string_view kName = "NDCG";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit NDCG(Options options = {});

 private:
  std::vector<double> values(const Lists& lists, const std::vector<Order>& orders) override;
};

}  // namespace keratin::metrics
