// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"

namespace keratin::metrics {

/// A number gathered over batches. Threads: one at a time.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  /// Takes one batch in. Shapes as losses::Loss; `sample_weight` and `mask` (y_pred's) may be null.
  /// Keras: means apply the mask, counts of true and false positives do not. Throws before any
  /// state has changed.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred,
                            const Tensor& sample_weight = {}, const Tensor& mask = {}) = 0;
  /// The number so far, shape (); some metrics give one a class or a threshold, shape (n,).
  virtual Tensor result() const = 0;
  virtual void reset_state() = 0;
  /// Another of the same options, with fresh state.
  std::shared_ptr<Metric> clone() const { return deserialize(serialize()); }

  // The closed list: metrics.cc.
  static std::shared_ptr<Metric> get(std::string_view name);
  static std::shared_ptr<Metric> deserialize(const Config& config);
  Config serialize() const;

 protected:
  explicit Metric(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

}  // namespace keratin::metrics
