// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tape.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {
namespace {

Tensor filled(const Shape& shape, float value) {
  Tensor tensor = uninitialized(shape);
  std::ranges::fill(tensor.data<float>(), value);
  return tensor;
}

/// to + more, in the memory of `to` where nobody else has it.
Tensor sum_of(Tensor to, const Tensor& more) {
  if (!TensorAccess::is_alone(to)) to = copy_of(to);
  float* sum = to.data<float>().data();
  const float* add = more.data<float>().data();
  for (std::int64_t i = 0; i < to.size(); ++i) sum[i] += add[i];
  return to;
}

}  // namespace

const Tensor& Slopes::of(std::size_t output) const {
  const Tape::Record& record = tape_.records_[record_];
  return tape_.slopes_[static_cast<std::size_t>(record.first_output) + output];
}

bool Slopes::wants(std::size_t input) const {
  const Tape::Record& record = tape_.records_[record_];
  return input < record.inputs && tape_.inputs_[record.first_input + input] >= 0;
}

void Slopes::add(std::size_t input, Tensor slope) {
  if (wants(input)) {
    tape_.add_slope(tape_.inputs_[tape_.records_[record_].first_input + input], std::move(slope));
  }
}

void Slopes::add(const Variable& table, SparseRows rows) {
  if (tape_.gradients_ != nullptr) tape_.gradients_->add(table, std::move(rows));
}

std::int32_t Tape::new_place(const Shape& shape) {
  shapes_.push_back(shape);
  return static_cast<std::int32_t>(shapes_.size() - 1);
}

Value Tape::watch(Tensor tensor) {
  const std::int32_t place = new_place(tensor.shape());
  return Value::recorded(std::move(tensor), shared_from_this(), place);
}

Value Tape::leaf(const Variable& variable) {
  const std::size_t known = known_.find(&variable);
  if (known != PointerPlaces::kNone)
    return Value::recorded(variable.value(), shared_from_this(), leaves_[known].place);
  make_room(leaves_);
  const std::int32_t place = new_place(variable.shape());
  known_.add(&variable);
  leaves_.push_back({&variable, place});
  return Value::recorded(variable.value(), shared_from_this(), place);
}

Values Tape::record(Result result, const Arguments& inputs) {
  if (ended_) wrong_moment("Tape", "the tape has ended: it takes no operation any more.");
  Values outputs;
  const bool wanted = static_cast<bool>(result.pullback);
  if (wanted) {
    Record record{.pullback = std::move(result.pullback),
                  .first_output = static_cast<std::int32_t>(shapes_.size()),
                  .outputs = static_cast<std::int32_t>(result.outputs.size()),
                  .first_input = inputs_.size(),
                  .inputs = inputs.size()};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool known = inputs.wants(i) && inputs.value(i).is_recorded();
      if (known && !inputs.value(i).is_of(*this)) {
        inputs_.resize(record.first_input);
        wrong_moment("Tape",
                     "two tapes in one operation: a value that one pass or GradientTape "
                     "records cannot be used in another while that goes on.");
      }
      inputs_.push_back(known ? inputs.value(i).place() : -1);
    }
    records_.push_back(std::move(record));
  }
  for (Tensor& output : result.outputs) {
    if (!wanted) {
      outputs.push_back(Value(std::move(output)));
    } else {
      const std::int32_t place = new_place(output.shape());
      outputs.push_back(Value::recorded(std::move(output), shared_from_this(), place));
    }
  }
  return outputs;
}

void Tape::add_slope(std::int32_t place, Tensor slope) {
  const auto at = static_cast<std::size_t>(place);
  if (!slope || slope.dtype() != DType::kFloat32 || slope.shape() != shapes_[at]) {
    wrong_moment("Tape", "a derivative must be float32 of shape ", shapes_[at],
                 ". Received: ", to_string(slope.dtype()), " of shape ", slope.shape());
  }
  slopes_[at] = slopes_[at] ? sum_of(std::move(slopes_[at]), slope) : std::move(slope);
}

void Tape::run(const Value& y, const Tensor& slope, Gradients* gradients, std::size_t since) {
  if (ended_) wrong_moment("Tape", "the tape has ended: its derivatives were taken already.");
  if (y.is_recorded() && !y.is_of(*this)) {
    wrong_moment("Tape", "derivatives of a value that another pass or GradientTape records.");
  }
  ended_ = !persistent_;
  if (y.is_symbolic()) y.tensor();  // which throws
  slopes_.assign(shapes_.size(), Tensor());
  if (!y.is_of(*this)) return;  // a constant: nothing has part in it
  gradients_ = gradients;
  add_slope(y.place(), slope ? slope : filled(y.shape(), 1));
  for (std::size_t i = records_.size(); i-- > since;) {
    Record& record = records_[i];
    const auto first = slopes_.begin() + record.first_output;
    const auto last = first + record.outputs;
    if (std::any_of(first, last, [](const Tensor& s) { return static_cast<bool>(s); })) {
      parallel::check_interrupt();
      Slopes slopes(*this, i);
      record.pullback(slopes);
    }
    if (!persistent_) record.pullback = nullptr;  // and with it what it kept
    for (std::int32_t o = 0; o < record.outputs; ++o) {
      const auto at = static_cast<std::size_t>(record.first_output + o);
      if (at >= kept_.size() || !kept_[at]) slopes_[at] = Tensor();
    }
  }
}

void Tape::gradients(const Value& loss, float slope, Gradients& gradients) {
  if (loss.tensor().size() != 1) {
    wrong_moment("Tape", "a loss must be one number. Received: shape ", loss.shape());
  }
  run(loss, filled(loss.shape(), slope), &gradients, 0);
  finish();
}

std::vector<Tensor> Tape::slopes(const Value& y, const Tensor& slope, std::span<const Value> by,
                                 Gradients* gradients, std::size_t since) {
  kept_.assign(shapes_.size(), false);
  std::vector<bool> ours;  // asked before the tape ends: then nothing is recorded any more
  for (const Value& value : by) {
    ours.push_back(value.is_recorded() && value.is_of(*this));
    if (ours.back()) kept_[static_cast<std::size_t>(value.place())] = true;
  }
  run(y, slope, gradients, since);
  std::vector<Tensor> found;
  for (std::size_t i = 0; i < by.size(); ++i) {
    const Tensor known = ours[i] ? slopes_[static_cast<std::size_t>(by[i].place())] : Tensor();
    found.push_back(known ? known : Tensor::zeros(by[i].shape()));
  }
  finish();
  return found;
}

/// What arrived at the weights is their gradient.
void Tape::finish() {
  for (const Leaf& leaf : leaves_) {
    Tensor& sum = slopes_[static_cast<std::size_t>(leaf.place)];
    if (sum && gradients_ != nullptr) gradients_->add(*leaf.variable, std::move(sum));
  }
  slopes_.clear();
  gradients_ = nullptr;
}

void Tape::clear() {
  records_.clear();
  inputs_.clear();
  shapes_.clear();
  slopes_.clear();
  kept_.clear();
  leaves_.clear();
  known_.clear();
  gradients_ = nullptr;
  ended_ = false;
}

}  // namespace keratin
