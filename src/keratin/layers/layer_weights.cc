// SPDX-License-Identifier: Apache-2.0
// Of layers/layer: its weights, and those of its parts.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

/// How many weights are few: looking through them is quicker than looking them up.
constexpr std::size_t kFew = 32;

/// Without those that stand further in front already: a layer may be part of two parts. Mostly none
/// is, which the sorted ones say; a model may have thousands of layers.
template <class Pointer>
std::vector<Pointer> first_of_each(std::vector<Pointer> all) {
  if (all.size() > kFew) {
    std::vector<Pointer> sorted = all;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end()) return all;
  }
  std::unordered_set<Pointer> seen;
  std::size_t kept = 0;
  for (Pointer& pointer : all) {
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(kept);
    const bool is_new = all.size() <= kFew ? std::find(all.begin(), end, pointer) == end
                                           : seen.insert(pointer).second;
    if (is_new) std::swap(all[kept++], pointer);
  }
  all.resize(kept);
  return all;
}

}  // namespace

Tensor Layer::first_values(const WeightOptions& options) {
  if (Undrawn::is_on()) return Tensor::zeros(options.shape);
  // Keras: add_weight(initializer=None).
  return options.initializer ? (*options.initializer)(options.shape)
                             : (*initializers::Initializer::get("glorot_uniform"))(options.shape);
}

Variable& Layer::add_weight(const WeightOptions& options) {
  const std::string path = str(path_, "/", options.name);
  auto weight =
      options.storage
          ? std::make_shared<Variable>(path, options.storage, options.trainable)
          : std::make_shared<Variable>(path, options.value ? options.value : first_values(options),
                                       options.trainable);
  weight->regularizer = options.regularizer.shared();
  weight->constraint = options.constraint.shared();
  if (!trainable()) weight->set_trainable(false);
  weights_.push_back(weight);
  trains_.push_back(options.trainable);
  return *weight;
}

void Layer::add_weight(std::shared_ptr<Variable> weight) {
  if (std::ranges::find(weights_, weight) != weights_.end()) return;
  const bool trains = weight->trainable();
  const auto place = trains ? std::ranges::find(trains_, false) - trains_.begin()
                            : static_cast<std::ptrdiff_t>(trains_.size());
  if (!trainable()) weight->set_trainable(false);
  weights_.insert(weights_.begin() + place, std::move(weight));
  trains_.insert(trains_.begin() + place, trains);
}

void Layer::remove_weight(const Variable& weight) {
  const auto found = std::ranges::find(weights_, &weight, &std::shared_ptr<Variable>::get);
  if (found == weights_.end()) return;
  trains_.erase(trains_.begin() + (found - weights_.begin()));
  weights_.erase(found);
}

Variable& Layer::weight(std::size_t index) const {
  if (index >= weights_.size()) {  // also of a layer that was moved from
    invalid_argument(class_name(), "layer '", name_, "' has no weight ", index,
                     ": it is not built yet.");
  }
  return *weights_[index];
}

Value Layer::value(std::size_t index, const Pass& pass) const {
  const Variable& variable = weight(index);
  return trainable() ? pass.value(variable) : pass.constant(variable);
}

std::vector<std::shared_ptr<Variable>> Layer::weights() const {
  std::vector<std::shared_ptr<Variable>> all = weights_;
  for (const auto& part : parts()) {
    for (auto& weight : part->weights()) all.push_back(std::move(weight));
  }
  return first_of_each(std::move(all));
}

std::vector<Variable*> Layer::trainable_weights() const {
  std::vector<Variable*> result;
  if (!trainable()) return result;
  result.reserve(kFew);  // every step asks
  const auto add = [&result](const Layer& layer, const auto& itself) -> void {
    for (const auto& weight : layer.weights_) {
      if (weight->trainable()) result.push_back(weight.get());
    }
    for (const auto& part : layer.parts()) itself(*part, itself);
  };
  add(*this, add);
  return first_of_each(std::move(result));
}

std::int64_t Layer::count_params() const {
  std::int64_t count = 0;
  for (const auto& weight : weights()) count += weight->shape().size();
  return count;
}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const auto& weight : weights()) values.push_back(copy_of(weight->value()));
  return values;
}

void Layer::set_weights(const std::vector<Tensor>& values) {
  const auto weights = this->weights();
  if (values.size() != weights.size()) {
    invalid_argument(class_name(), "layer '", name_, "' has ", weights.size(), " weights",
                     built_ ? "" : " (it is not built yet)", ". Received: ", values.size(),
                     " tensors.");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i] || values[i].shape() != weights[i]->shape()) {
      invalid_argument(class_name(), "layer '", name_, "': weight '", weights[i]->path(),
                       "' has shape ", weights[i]->shape(),
                       ". Received shape: ", values[i].shape());
    }
  }
  std::vector<Tensor> numbers;  // all before the first assignment: they may not fit
  for (std::size_t i = 0; i < values.size(); ++i)
    numbers.push_back(weights[i]->as_stored(values[i]));
  for (std::size_t i = 0; i < values.size(); ++i) weights[i]->assign(numbers[i]);
}

}  // namespace keratin::layers
