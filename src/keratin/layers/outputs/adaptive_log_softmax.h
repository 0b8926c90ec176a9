// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/outputs/labelled_output.h"

namespace keratin::layers {

struct AdaptiveLogSoftmaxWithLossOptions {
  std::int64_t n_classes = 0;              // V, by falling frequency; must be given
  std::vector<std::int64_t> cutoffs = {};  // where the clusters begin, ascending; must be given
  double div_value = 4.0;                  // cluster i is reached through D / div_value^i numbers
  bool head_bias = false;
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A softmax over V classes in clusters: the head decides between the frequent classes and the
/// clusters of others, which are computed for the samples that fall into them. E. Grave et al.,
/// "Efficient softmax approximation for GPUs" (2017). torch: `torch.nn.AdaptiveLogSoftmaxWithLoss`.
///   inputs  float32 (..., D)
///   labels  of any integer type, (...)
///   output  with labels, (...): minus the logs of their probabilities (torch: `-output`, whose
///           mean is its `loss`);
///           without, (..., V): the logs of the probabilities (torch: `log_prob`).
/// Weights: head, (D, cutoffs[0] + clusters), its bias, and (D, D / div_value^i) and (that, size)
/// of each cluster: the transposes of torch's.
/// Throws std::invalid_argument for cutoffs that do not ascend within [1, V - 1], and a div_value
/// that is not positive or leaves a cluster no number; std::out_of_range for a label outside [0,
/// V).
class AdaptiveLogSoftmaxWithLoss final
    : public Configured<AdaptiveLogSoftmaxWithLoss, AdaptiveLogSoftmaxWithLossOptions,
                        LayerOf<AdaptiveLogSoftmaxWithLoss, LabelledOutput>> {
 public:
  static constexpr std::string_view kName = "AdaptiveLogSoftmaxWithLoss";
  static constexpr std::string_view kPackage = "keratin";
  explicit AdaptiveLogSoftmaxWithLoss(AdaptiveLogSoftmaxWithLossOptions options);

  std::vector<std::shared_ptr<Layer>> parts() const override { return parts_; }
  std::string_view name_of_part(std::size_t i) const override;

  /// The likeliest class of each, int64 (...), of inputs (..., D): clusters are computed for the
  /// samples whose head says so. torch: `predict`. Threads: safe. Throws std::invalid_argument for
  /// another width, and before build().
  Tensor predict(const Tensor& inputs) const;

 private:
  std::int64_t classes() const override { return options_.n_classes; }
  void build_width(std::int64_t width) override;
  Value losses(const Value& x, const Tensor& labels, Pass& pass) const override;
  Value scores(const Value& x, Pass& pass) const override;
  /// The log-softmax of the head.
  Value head(const Value& x, Pass& pass) const;
  /// That within cluster i.
  Value tail(std::size_t i, const Value& x, Pass& pass) const;

  std::vector<std::shared_ptr<Layer>> parts_;  // the head, then two of each cluster
  std::vector<std::string> names_;             // of the parts
};

}  // namespace keratin::layers
