// SPDX-License-Identifier: Apache-2.0
// Of losses/loss: a loss of values that have no elements yet.
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/graph/operation.h"
#include "keratin/graph/pass.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

/// A loss, or its reduction, as a part of a graph.
class Loss::Node final : public Operation {
 public:
  /// `reduces`: of values per sample, and of weights where there are some. Else of labels, of
  /// predictions with their mask, and of weights.
  Node(std::shared_ptr<const Loss> loss, bool reduces)
      : loss_(std::move(loss)), reduces_(reduces) {}
  std::string_view class_name() const override { return loss_->class_name(); }
  Config get_config() const override { return loss_->get_config(); }
  bool supports_masking() const override { return true; }

  std::vector<Spec> compute_output_spec(const Inputs& x) const override {
    if (loss_->reduction_ != Reduction::kNone) return {{Shape{}}};
    if (reduces_) return {{x[0].shape()}};
    if (loss_->by_call_) return {{loss_->call(x[0], x[1]).shape()}};
    const Shape& labels = x[0].shape();
    const Shape& shape = x[1].shape();
    // As prepare() adapts them: one may lack a last axis of size 1.
    const bool lacks = !loss_->sparse() && shape.rank() == labels.rank() + 1 && shape.dim(-1) == 1;
    return {{loss_->values_shape(lacks ? labels : shape)}};
  }

  Values call(const Inputs& x, Pass&) const override {
    const std::size_t before = reduces_ ? 1 : 2;
    const Tensor weights = x.size() > before ? elements(x[before], "sample_weight") : Tensor();
    if (reduces_) {
      const Value mask = x.mask();
      return {loss_->reduced(x[0], weights, mask ? mask.tensor() : Tensor())};
    }
    return {of_values(loss_, elements(x[0], "y_true"), x[1].with_mask(x.mask(1)), weights)};
  }

 private:
  /// Of what no derivative is taken by.
  const Tensor& elements(const Value& value, std::string_view what) const {
    if (value.is_recorded()) {
      invalid_argument(class_name(), what,
                       " depends on weights, and a loss has no derivative by it: give what "
                       "stop_gradient gives of it.");
    }
    return value.tensor();
  }

  std::shared_ptr<const Loss> loss_;
  bool reduces_;
};

Value Loss::of_symbolic(const std::shared_ptr<const Loss>& loss, const Value& y_true,
                        const Value& y_pred, const Value& sample_weight) {
  if (!loss || !y_true || !y_pred)
    invalid_argument("Loss", "a loss, y_true and y_pred must be given");
  Values inputs{y_true, y_pred};
  if (sample_weight) inputs.push_back(sample_weight);
  Pass none;
  return (*std::make_shared<const Node>(loss, false))(inputs, none);
}

Value Loss::reduced_symbolic(const std::shared_ptr<const Loss>& loss, const Value& values,
                             const Value& sample_weight) {
  if (!loss || !values) invalid_argument("Loss", "a loss and values must be given");
  Values inputs{values};
  if (sample_weight) inputs.push_back(sample_weight);
  Pass none;
  return (*std::make_shared<const Node>(loss, true))(inputs, none);
}

}  // namespace keratin::losses
