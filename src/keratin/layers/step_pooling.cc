// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/step_pooling.h"

#include <utility>

namespace keratin::layers {
namespace {

class PooledLookup final : public Operation {
 public:
  PooledLookup(std::shared_ptr<const Layer> lookup, std::shared_ptr<const Operation> pooling,
               bool masked)
      : lookup_(std::move(lookup)),
        pooling_(std::move(pooling)),
        rows_(dynamic_cast<const PoolsRows&>(*lookup_)),
        how_(dynamic_cast<const StepPooling&>(*pooling_)),
        masked_(masked && pooling_->supports_masking()) {}

  std::string_view class_name() const override { return lookup_->class_name(); }
  const std::string& name() const override { return lookup_->name(); }
  Config get_config() const override { return lookup_->get_config(); }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    return pooling_->compute_output_spec(
        Inputs(Value(Tensor::zeros(lookup_->compute_output_shape(inputs[0].shape())))));
  }

  Values call(const Inputs& inputs, Pass& pass) const override {
    lookup_->prepare(inputs);
    const Shape& shape = inputs[0].shape();
    if (shape.rank() != 2 || shape[1] == 0) {  // what that is, the layers know
      return unfused(inputs, pass);
    }
    const std::int64_t width = lookup_->compute_output_shape(shape).back();
    const Value pooled =
        rows_.pooled(inputs, how_.pooling(), masked_,
                     how_.keepdims() ? Shape{shape[0], 1, width} : Shape{shape[0], width}, pass);
    return pooled ? Values(pooled) : unfused(inputs, pass);
  }

 private:
  Values unfused(const Inputs& inputs, Pass& pass) const {
    Values vectors = lookup_->run(inputs, pass);
    return pooling_->run(with_masks(std::move(vectors), lookup_->compute_mask(inputs)), pass);
  }

  std::shared_ptr<const Layer> lookup_;
  std::shared_ptr<const Operation> pooling_;
  const PoolsRows& rows_;
  const StepPooling& how_;
  bool masked_;
};

}  // namespace

/// An activity regularizer wants to see the vectors.
std::shared_ptr<const Operation> pooled_lookup(std::shared_ptr<const Layer> lookup,
                                               const Operation& next, bool masked) {
  const auto* const layer = dynamic_cast<const Layer*>(&next);
  const auto* const pooling = dynamic_cast<const StepPooling*>(&next);
  if (layer == nullptr || pooling == nullptr || pooling->channels_first() ||
      lookup->activity_regularizer() || layer->activity_regularizer())
    return nullptr;
  return std::make_shared<PooledLookup>(std::move(lookup), next.shared_from_this(), masked);
}

}  // namespace keratin::layers
