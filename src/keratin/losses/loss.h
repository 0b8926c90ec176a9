// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"

namespace keratin::losses {

/// How values per sample become one number. Keras: "sum_over_batch_size" ("mean" is the same), "sum",
/// "mean_with_sample_weight", "none".
enum class Reduction { kSumOverBatchSize, kSum, kMeanWithSampleWeight, kNone };
std::string_view to_string(Reduction reduction);
/// Throws std::invalid_argument for any other name.
Reduction reduction_from_name(std::string_view name);

/// A loss. Immutable. Threads: safe.
///
/// y_true and y_pred have the same shape (B, ..., C), or y_true lacks the last axis of size 1 or, for
/// sparse labels, the class axis. y_pred is float32; y_true may be of any type.
class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  const std::string& name() const { return name_; }
  Reduction reduction() const { return reduction_; }

  struct Value {
    float loss = 0;    // the reduced loss, sample weights and mask applied
    Tensor gradient;   // d loss / d y_pred, of y_pred's shape
  };

  /// The reduced loss; a tensor of shape () or, for Reduction::kNone, of the values per sample.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) const;

  /// Loss and gradient in one pass. For Reduction::kNone the values are summed, as a gradient of them
  /// would. `mask` is y_pred's (bool, its leading axes); masked positions have no part in either.
  /// Throws std::invalid_argument for shapes that do not go together and std::out_of_range for labels
  /// outside the classes (names position, value and range).
  Value value_and_gradient(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                           const Tensor& mask = {}) const;

  // The closed list: losses.cc. Knows the short names: "mse", "mae", ...
  static std::shared_ptr<const Loss> get(std::string_view name);
  static std::shared_ptr<const Loss> deserialize(const Config& config);
  Config serialize() const;

 protected:
  Loss(std::string name, Reduction reduction) : name_(std::move(name)), reduction_(reduction) {}

  /// One value per sample: y_pred's shape without its last axis. Both tensors are float32 here unless
  /// the loss takes sparse labels, and have been brought to shapes that go together.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// d (sum_i weights[i] * call()[i]) / d y_pred.
  virtual Tensor call_gradient(const Tensor& y_true, const Tensor& y_pred, const Tensor& weights) const = 0;

 private:
  std::string name_;
  Reduction reduction_;
};

}  // namespace keratin::losses
