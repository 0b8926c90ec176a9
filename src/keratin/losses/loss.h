// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/base/identifier.h"
#include "keratin/graph/pass.h"
#include "keratin/graph/value.h"
#include "keratin/tensor/tensor.h"

namespace keratin::losses {

/// How values per sample become one number. Keras: "sum_over_batch_size" ("mean" is the same),
/// "sum", "mean_with_sample_weight", "none".
enum class Reduction { kSumOverBatchSize, kSum, kMeanWithSampleWeight, kNone };
std::string_view to_string(Reduction reduction);
/// Throws std::invalid_argument for any other name.
Reduction reduction_from_name(std::string_view name);

/// A loss. Immutable. Threads: safe.
///
/// One of your own derives from it, gives class_name(), get_config() and call(), which says what
/// the values per sample are by ops; what sample weights, masks and the reduction make of them is
/// here:
///
///   class Squares : public losses::Loss {
///    public:
///     Squares() : Loss("squares") {}
///     std::string_view class_name() const override { return "Squares"; }
///     Config get_config() const override { return Config::Dict{{"name", name()}}; }
///     Value call(const Value& y_true, const Value& y_pred) const override {
///       return ops::mean(ops::square(y_true - y_pred), {-1});
///     }
///   };
///
/// y_true and y_pred have the same shape (B, ..., C), or one lacks a last axis of size 1, or y_true
/// holds class numbers (sparse losses) and lacks the class axis or has size 1 there. y_pred is
/// float32; y_true may be of any type.
///
/// A position whose weight is zero, by mask or sample weight, has no part in anything: its values
/// may be NaN and its label outside the classes.
class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  const std::string& name() const { return name_; }
  Reduction reduction() const { return reduction_; }

  /// What a loss of one's own is: float32, a value a sample (of any shape that sample weights go
  /// with), for y_true, float32 as in Keras, and y_pred with its mask, which may be recorded. What
  /// it throws leaves everything as it was. The losses of the list have evaluate() in its place.
  virtual Value call(const Value& y_true, const Value& y_pred) const;

  struct WithGradient {
    float loss = 0;   // the reduced loss, sample weights and mask applied
    Tensor gradient;  // d loss / d y_pred, of y_pred's shape
  };

  /// The reduced loss; a tensor of shape () or, for Reduction::kNone, of the values per sample.
  virtual Tensor operator()(const Tensor& y_true, const Tensor& y_pred,
                            const Tensor& sample_weight = {}, const Tensor& mask = {}) const;

  /// Loss and gradient in one pass. For Reduction::kNone the values are summed, as a gradient of
  /// them would. `mask` is y_pred's (bool, its leading axes), by default the one it carries; masked
  /// positions have no part in either. `sample_weight` has the shape of the values per sample, or
  /// one axis of size 1 more or less, or one that broadcasts as NumPy does (Keras:
  /// squeeze_or_expand_to_same_rank). Throws std::invalid_argument for shapes that do not go
  /// together and for labels that are not integral, std::out_of_range for labels outside the
  /// classes (names position, value and range); either before anything is computed.
  virtual WithGradient value_and_gradient(const Tensor& y_true, const Tensor& y_pred,
                                          const Tensor& sample_weight = {},
                                          const Tensor& mask = {}) const;

  /// The reduced loss of predictions that the pass may record, with the mask that they carry: a
  /// value of shape (), summed for Reduction::kNone.
  virtual Value of_batch(const Tensor& y_true, const Value& y_pred, const Tensor& sample_weight,
                         Pass& pass) const;
  /// The same, not summed for Reduction::kNone: the values per sample.
  static Value of_values(const std::shared_ptr<const Loss>& loss, const Tensor& y_true,
                         const Value& y_pred, const Tensor& sample_weight = {});
  /// The same of values that have no elements yet: a node of the graph. Throws
  /// std::invalid_argument, when the graph runs, for labels and weights that are recorded.
  static Value of_symbolic(const std::shared_ptr<const Loss>& loss, const Value& y_true,
                           const Value& y_pred, const Value& sample_weight = {});
  /// What values per sample become by this loss's reduction, whatever they were computed from.
  Value reduced(const Value& values, const Tensor& sample_weight, const Tensor& mask) const;
  /// The same of values, with their mask, that have no elements yet.
  static Value reduced_symbolic(const std::shared_ptr<const Loss>& loss, const Value& values,
                                const Value& sample_weight = {});

  /// Which positions, of the shape of the values per sample, the loss itself keeps (bool), as
  /// `ignore_class` does; null: all.
  virtual Tensor values_mask(const Tensor& y_true, const Shape& values) const;

  // The closed list: losses.cc. Knows the short names: "mse", "mae", ...
  static std::shared_ptr<const Loss> get(std::string_view name);
  static std::shared_ptr<const Loss> deserialize(const Config& config);
  Config serialize() const;

 protected:
  /// `reduction` as Keras spells it; none is Python's None and means "none". An empty name becomes
  /// a new one. Throws std::invalid_argument for an unknown reduction.
  Loss(std::string name, const std::optional<std::string>& reduction, std::string_view class_name);
  /// For a loss of one's own.
  explicit Loss(std::string name,
                const std::optional<std::string>& reduction = "sum_over_batch_size")
      : Loss(std::move(name), reduction, "Loss") {
    by_call_ = true;
  }

  /// One batch on its way through evaluate().
  struct Batch {
    const Tensor& y_true;  // float32 of shape.size() elements; for sparse losses as it came
    const float* y_pred;   // shape.size() elements
    const Shape& shape;  // y_pred's, a last axis of size 1 added or taken away where y_true says so
    const double* weights;  // one a value; null: all are `weight`
    double weight;
    float* values;    // one a value, not weighted, 0 where the weight is 0; null: not wanted
    float* gradient;  // shape.size() elements, all to be set; null: not wanted
  };

  /// The sum over the values v of weights[v] * value[v]; sets values and, to the derivative of that
  /// sum by y_pred, gradient. Source of each formula: Keras's losses.py.
  virtual double evaluate(const Batch& batch) const;
  /// The axis that the values are taken over; the class axis of a sparse loss.
  virtual std::int64_t axis() const { return -1; }
  /// The shape of the values per sample: `shape` without axis(), unless overridden.
  virtual Shape values_shape(const Shape& shape) const;
  /// True when y_true holds class numbers: it is then not cast and lacks the class axis.
  virtual bool sparse() const { return false; }

  /// What `values`, float32 of any shape, become under reduction, sample weight and mask. Sets
  /// `slope`, unless it is null, to the derivative of that (of its sum, where nothing is reduced)
  /// by each value. Throws std::invalid_argument for shapes that do not go together.
  Tensor reduce(const Tensor& values, const Tensor& sample_weight, const Tensor& mask,
                Tensor* slope) const;

 private:
  /// What call() gives, checked.
  Value called(const Tensor& y_true, const Value& y_pred) const;
  WithGradient gradient_by_call(const Tensor& y_true, const Value& y_pred,
                                const Tensor& sample_weight) const;
  class Node;
  struct Weights;
  static Tensor slope_of(const Tensor& weighted, const Weights& weights, const Shape& values);
  struct Prepared;
  void check_shapes(const Tensor& y_true, const Tensor& y_pred, Shape& adapted) const;
  Prepared prepare(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                   const Tensor& mask) const;
  Weights weigh(const Shape& values, const Tensor& sample_weight, const Tensor& mask) const;
  static Tensor weighted(const Tensor& values, const Weights& weights);

  std::string name_;
  Reduction reduction_;
  bool by_call_ = false;  // else by evaluate()
};

}  // namespace keratin::losses
