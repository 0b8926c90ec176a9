// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/compiled_losses.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/trainers/noted.h"

namespace keratin::trainers {

std::vector<std::string> loss_names(const std::vector<OutputChoices>& outputs) {
  std::vector<std::string> names = {"loss"};
  for (const OutputChoices& output : outputs) {
    if (!output.loss.empty()) names.push_back(output.name + "_loss");
  }
  if (names.size() == 2) names.pop_back();
  return names;
}

CompiledLosses::CompiledLosses(const std::vector<OutputChoices>& outputs, const Tensors& y_true,
                               const Values& y_pred) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].loss.empty()) continue;
    losses_.push_back({outputs[i].loss.resolve(y_true[i].shape(), y_pred[i].shape()), i,
                       static_cast<float>(outputs[i].loss_weight), outputs[i].name});
  }
}

CompiledLosses::OfBatch CompiledLosses::operator()(const Batch& batch, const Values& y_pred,
                                                   Pass& pass) const {
  OfBatch result;
  for (const OfOutput& of : losses_) {
    const auto one = [&] {
      result.values.push_back(of.loss->of_batch(
          batch.y[of.output], y_pred[of.output],
          batch.sample_weight.empty() ? Tensor() : batch.sample_weight[of.output], pass));
      result.weights.push_back(of.weight);
    };
    if (of.name.empty()) {
      one();
    } else {
      with_note(
          true, [&] { return str(" (In the loss of output '", of.name, "'.)"); }, one);
    }
  }
  return result;
}

void CompiledLosses::update(const Values& values, std::int64_t samples) {
  if (losses_.size() < 2) return;
  for (std::size_t i = 0; i < losses_.size(); ++i)
    losses_[i].mean.update(static_cast<double>(values[i].tensor().data<float>()[0]), samples);
}

void CompiledLosses::reset() {
  for (OfOutput& of : losses_) of.mean.reset();
}

void CompiledLosses::add_to(Logs& logs) const {
  if (losses_.size() < 2) return;
  for (const OfOutput& of : losses_) logs.append(of.name + "_loss", of.mean.result());
}

}  // namespace keratin::trainers
