// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/compiled_losses.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/trainers/noted.h"

namespace keratin::trainers {

std::vector<std::string> loss_names(const std::vector<OutputChoices>& outputs,
                                    const JointLosses* joint) {
  std::vector<std::string> of_each;
  if (joint != nullptr) {
    for (const JointLosses::One& one : joint->losses) of_each.push_back(one.name + "_loss");
  }
  for (const OutputChoices& output : outputs) {
    if (!output.loss.empty()) of_each.push_back(output.name + "_loss");
  }
  std::vector<std::string> names = {"loss"};
  if (of_each.size() < 2) return names;
  for (std::string& name : of_each) {
    if (std::find(names.begin() + 1, names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

CompiledLosses::CompiledLosses(const std::vector<OutputChoices>& outputs, const Tensors& y_true,
                               const Values& y_pred) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].loss.empty()) continue;
    losses_.push_back({outputs[i].loss.resolve(y_true[i].shape(), y_pred[i].shape()), i,
                       static_cast<float>(outputs[i].loss_weight), outputs[i].name});
    means_.push_back({outputs[i].name + "_loss"});
  }
}

CompiledLosses::CompiledLosses(std::shared_ptr<const JointLosses> joint)
    : joint_(std::move(joint)) {
  for (const JointLosses::One& one : joint_->losses) means_.push_back({one.name + "_loss"});
}

CompiledLosses::OfBatch CompiledLosses::joint_of(const Batch& batch, const Values& y_pred,
                                                 Pass& pass) const {
  OfBatch result{joint_->of_batch(batch.y, y_pred, batch.sample_weight, pass), {}};
  if (result.values.size() != joint_->losses.size()) {
    throw CompileError(str("[compile] joint_losses must give a number for each of ",
                           joint_->losses.size(), ". Received: ", result.values.size()));
  }
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    if (result.values[i].shape().rank() != 0) {
      throw CompileError(str("[compile] a loss must be one number. Received: shape ",
                             to_string(result.values[i].shape()), " of '", joint_->losses[i].name,
                             "'"));
    }
    result.weights.push_back(static_cast<float>(joint_->losses[i].weight));
  }
  return result;
}

CompiledLosses::OfBatch CompiledLosses::operator()(const Batch& batch, const Values& y_pred,
                                                   Pass& pass) const {
  if (joint_) return joint_of(batch, y_pred, pass);
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
  if (means_.size() < 2) return;
  for (std::size_t i = 0; i < means_.size(); ++i)
    means_[i].mean.update(static_cast<double>(values[i].tensor().data<float>()[0]), samples);
}

void CompiledLosses::reset() {
  for (Mean& of : means_) of.mean.reset();
}

RunState CompiledLosses::run_state() const {
  RunState state;
  for (std::size_t i = 0; i < means_.size(); ++i) state.add(str(i), means_[i].mean.run_state());
  return state;
}

void CompiledLosses::set_run_state(const RunState& state) {
  for (std::size_t i = 0; i < means_.size(); ++i) means_[i].mean.set_run_state(state.part(str(i)));
}

void CompiledLosses::add_to(Logs& logs) const {
  if (means_.size() < 2) return;
  for (const Mean& of : means_) logs.set(of.name, of.mean.result());  // Keras: of one name the last
}

}  // namespace keratin::trainers
