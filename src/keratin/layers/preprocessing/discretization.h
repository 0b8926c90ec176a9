// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/preprocessing/adapted.h"
#include "keratin/layers/preprocessing/encoding.h"

namespace keratin::layers {

struct DiscretizationOptions {
  /// Where a bin ends and the next begins, one less than there are bins. This or num_bins must be
  /// given; both together: num_bins that were learned already.
  std::optional<std::vector<double>> bin_boundaries = {};
  std::optional<std::int64_t> num_bins = {};  // how many adapt() finds boundaries of
  double epsilon = 0.01;                      // of all data a quantile may be off by that share
  std::string output_mode = "int";            // "int", "one_hot", "multi_hot", "count"
  bool sparse = false;                        // true is refused
  std::optional<std::string> name = {};
};

/// Numbers as the bins in which they lie: b is in bin i where boundary i-1 <= b < boundary i. Bins
/// are int32; NaN is in the last. What is learned are quantiles of a summary of the data, as Keras
/// makes it.
class Discretization final
    : public Configured<Discretization, DiscretizationOptions, LayerOf<Discretization, Adapted>> {
 public:
  static constexpr std::string_view kName = "Discretization";
  explicit Discretization(DiscretizationOptions options);

  /// None before adapt().
  const std::optional<std::vector<double>>& bin_boundaries() const {
    return options_.bin_boundaries;
  }

  /// Whether adapt() finds the boundaries, and has not yet.
  bool has_yet_to_learn() const { return options_.num_bins && !options_.bin_boundaries; }
  /// As if adapt() had seen what `summary` tells of: what tf.keras has as a weight, (2, n), points
  /// in their order and how many each stands for. Throws std::invalid_argument for anything else.
  void learn_from_summary(const Tensor& summary);

  void reset_state() override;
  void update_state(const Tensor& batch) override;
  void finalize_state() override;

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  /// Throws std::logic_error where there are no boundaries yet.
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  /// Points of the data in order, and how many each stands for. Keras: `summary`.
  struct Summary {
    std::vector<float> points, weights;
    Summary compressed(double epsilon) const;
  };
  void check_learns() const;

  OutputMode mode_;
  Summary summary_;
};

}  // namespace keratin::layers
