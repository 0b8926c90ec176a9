// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"
#include "keratin/tensor/variable.h"

namespace keratin::metrics {

/// One of the arrays that a metric gathers: its name and shape, and where its numbers are.
struct StatePart {
  std::string_view name;
  Shape shape;
  std::vector<double*> numbers;
};

/// A number gathered over batches. Threads: one at a time.
///
/// One of your own derives from it, and gives class_name(), get_config(), update_state() and
/// result(). What add_variable() makes is its state:
///
///   class Positives : public metrics::Metric {
///    public:
///     Positives() : Metric("positives") {}
///     std::string_view class_name() const override { return "Positives"; }
///     Config get_config() const override { return Config::Dict{{"name", name()}}; }
///     void update_state(const Tensor&, const Tensor& y_pred, const Tensor&, const Tensor&)
///     override {
///       count_.assign((count_.value() + ops::sum(ops::greater(y_pred, 0.5))).tensor());
///     }
///     Tensor result() const override { return count_.value(); }
///
///    private:
///     Variable& count_ = add_variable("count");
///   };
class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  /// Takes one batch in. Shapes as losses::Loss; `sample_weight` and `mask` may be null: then
  /// the mask is the one that y_pred carries.
  /// Keras: means apply the mask, counts of true and false positives do not. Throws before any
  /// state has changed.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred,
                            const Tensor& sample_weight = {}, const Tensor& mask = {}) = 0;
  /// The number so far, shape (); some metrics give one a class or a threshold, shape (n,).
  virtual Tensor result() const = 0;
  /// Starts anew: what add_variable() made is as it was made.
  virtual void reset_state();

  // The state, as Keras's `metric.variables`: its names, order and shapes, as float64. What is as
  // wide as the predictions (F1Score, R2Score, AUC with multi_label) is there from the first batch
  // or set_variables on.
  std::vector<std::string> variable_names() const;
  std::vector<Tensor> get_variables() const;
  /// Throws std::invalid_argument, and changes no number, when number or shapes differ.
  void set_variables(const std::vector<Tensor>& values);

  /// Another of the same options, with fresh state.
  std::shared_ptr<Metric> clone() const { return deserialize(serialize()); }

  // The closed list: metrics.cc.
  static std::shared_ptr<Metric> get(std::string_view name);
  /// Throws as get() does for an unknown name, and makes no metric, which would use up a name.
  static void require_known(std::string_view name);
  static std::shared_ptr<Metric> deserialize(const Config& config);
  Config serialize() const;

 protected:
  explicit Metric(std::string name) : name_(std::move(name)) {}
  /// A part of the state, float32, all `initial`, behind those of parts(). It is there as long as
  /// the metric, wherever that is moved.
  Variable& add_variable(std::string name, const Shape& shape = {}, float initial = 0);

 private:
  /// The state, in the order of Keras's variables. Changes nothing by itself.
  virtual std::vector<StatePart> parts() { return {}; }
  /// Makes the parts that wait for it, for predictions of so many columns.
  virtual void set_width(std::size_t) {}

  std::string name_;
  struct Added;
  std::vector<std::shared_ptr<Added>> added_;
};

}  // namespace keratin::metrics
