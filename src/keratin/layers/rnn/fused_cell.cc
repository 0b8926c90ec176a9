// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/fused_cell.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/nn/dropout.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

using ops::nn::CellKind;

void check_function(std::string_view who, std::string_view what, std::int64_t units,
                    const activations::Activation& function) {
  const Shape shape{kNone, units};
  if (function.compute_output_shape(shape) != shape) {
    invalid_argument(who, what, " must keep the shape of what it is given. Received: '",
                     function.name(), "'");
  }
}

/// Before the layer has taken a name: what is refused uses up none.
const LayerOptions& with_checked(const LayerOptions& options, CellSpec& spec) {
  const std::string_view who = options.class_name;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (spec.units <= 0 || spec.units > kMost)
    invalid_argument(who, "units must be positive. Received: ", spec.units);
  if (!spec.activation) spec.activation = "linear";
  if (!spec.recurrent_activation) spec.recurrent_activation = "linear";
  check_function(who, "activation", spec.units, *spec.activation);
  check_function(who, "recurrent_activation", spec.units, *spec.recurrent_activation);
  for (double* const rate : {&spec.dropout, &spec.recurrent_dropout}) {
    if (*rate != *rate) invalid_argument(who, "a rate must be a number. Received: nan");
    *rate = std::clamp(*rate, 0.0, 1.0);  // Keras: without a word
  }
  return options;
}

}  // namespace

FusedCell::FusedCell(const LayerOptions& options, CellSpec spec)
    : Cell(with_checked(options, spec)),
      spec_(std::move(spec)),
      seed_(random::seed_or_default(spec_.seed)) {}

std::vector<std::int64_t> FusedCell::state_sizes() const {
  return std::vector<std::int64_t>(spec_.kind == CellKind::kLstm ? 2 : 1, spec_.units);
}

Shape FusedCell::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 2);
  if (input_shape[1] == kNone) {
    invalid_argument(
        class_name(), "layer '", name(),
        "' needs the last dimension of its inputs to be known. Received shape: ", input_shape);
  }
  if (built() && input_shape[1] != weight(0).shape()[0]) {
    invalid_argument(class_name(), "layer '", name(),
                     "' was built for inputs whose last dimension is ", weight(0).shape()[0],
                     ". Received shape: ", input_shape);
  }
  return {input_shape[0], spec_.units};
}

void FusedCell::build_weights(const Shape& input_shape) {
  const std::int64_t units = spec_.units, columns = ops::nn::gates_of(spec_.kind) * units;
  add_weight(kernel_weight(spec_, {input_shape[1], columns}));
  add_weight({.name = "recurrent_kernel",
              .shape = {units, columns},
              .initializer = spec_.recurrent_initializer,
              .regularizer = spec_.recurrent_regularizer,
              .constraint = spec_.recurrent_constraint});
  if (!spec_.use_bias) return;
  WeightOptions bias =
      bias_weight(spec_, spec_.kind == CellKind::kGru ? Shape{2, columns} : Shape{columns});
  if (spec_.kind == CellKind::kLstm && spec_.unit_forget_bias) {
    // Keras: the initializer draws what stands before the forget gate, and what stands behind it.
    bias.value = Tensor::zeros(bias.shape);
    const auto to = bias.value.data<float>();
    const Tensor before =
        first_values({.name = "bias", .shape = {units}, .initializer = bias.initializer});
    const Tensor behind =
        first_values({.name = "bias", .shape = {2 * units}, .initializer = bias.initializer});
    std::ranges::copy(before.data<float>(), to.begin());
    std::fill_n(to.begin() + units, units, 1.0F);
    std::ranges::copy(behind.data<float>(), to.begin() + 2 * units);
  }
  add_weight(bias);
}

bool FusedCell::draws() const { return spec_.dropout > 0 || spec_.recurrent_dropout > 0; }
std::vector<std::int64_t> FusedCell::chance() const {
  if (!draws()) return {};
  return {seed_, Operation::draws()};
}
void FusedCell::take_chance(const std::vector<std::int64_t>& chance) {
  if (chance.empty()) return;
  seed_ = chance[0];
  set_draws(chance[1]);
}

/// The first of the `count` draws of a choice: of that which is kept, or of a new one. A rate of 1
/// leaves nothing to chance.
std::int64_t FusedCell::choose(Choice& kept, double rate, std::size_t count,
                               const SequenceOptions& options, Pass& pass) const {
  if (rate == 1) return 0;
  Choice first = kept;
  for (std::size_t i = 0; i < count && !kept; ++i) {
    const std::int64_t draw = pass.draw(*this);
    if (i == 0) first = draw;
  }
  kept = options.keeps_choices ? first : Choice();
  return *first;
}

/// What the elements of `shape` are multiplied with: 0, or 1 / (1 - rate).
std::vector<Tensor> FusedCell::masks(const Shape& shape, double rate, std::size_t count,
                                     std::int64_t first) const {
  Tensor ones = uninitialized(shape);
  std::ranges::fill(ones.data<float>(), 1.0F);
  std::vector<Tensor> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t draw = first + static_cast<std::int64_t>(i);
    all.push_back(ops::nn::dropout(ones, rate, shape, seed_, draw).tensor());
  }
  return all;
}

Values FusedCell::over_steps(const Value& x, const Value& mask, const Values& states,
                             const SequenceOptions& options, Pass& pass) const {
  ops::nn::Recurrence recurrence{.kind = spec_.kind,
                                 .units = spec_.units,
                                 .activation = spec_.activation.shared(),
                                 .recurrent_activation = spec_.recurrent_activation.shared(),
                                 .return_sequences = options.return_sequences,
                                 .go_backwards = options.go_backwards,
                                 .zero_output_for_mask = options.zero_output_for_mask};
  Value inputs = x;
  if (pass.training && draws()) {
    const auto gates = static_cast<std::size_t>(ops::nn::gates_of(spec_.kind));
    const bool is_simple = spec_.kind == CellKind::kSimple;
    const Shape& shape = x.shape();
    // Keras: the cells with gates make a choice a gate where they drop of the state; and where
    // they would drop all, they drop nothing.
    const auto drops = [is_simple](double rate) { return rate > 0 && (is_simple || rate < 1); };
    if (const double rate = spec_.dropout; drops(rate)) {
      if (spec_.recurrent_dropout == 0 || is_simple) {
        const std::int64_t draw = choose(input_choice_, rate, 1, options, pass);
        inputs = ops::nn::dropout(x, rate, {shape[0], 1, shape[2]}, seed_, draw);
      } else {
        const std::int64_t first = choose(input_choice_, rate, gates, options, pass);
        recurrence.input_masks = masks({shape[0], shape[2]}, rate, gates, first);
      }
    }
    if (const double rate = spec_.recurrent_dropout; drops(rate)) {
      const std::int64_t first = choose(recurrent_choice_, rate, gates, options, pass);
      recurrence.recurrent_masks = masks({shape[0], spec_.units}, rate, gates, first);
    }
  }
  return ops::nn::recurrent(inputs, mask, value(0, pass), value(1, pass),
                            spec_.use_bias ? value(2, pass) : Value(), states, recurrence);
}

Values FusedCell::call(const Inputs& inputs, Pass& pass) const {
  const Shape& shape = inputs[0].shape();
  return run_sequence(reshaped(inputs[0], {shape[0], 1, shape[1]}), Value(),
                      states_of(inputs, pass), {.keeps_choices = true}, pass);
}

}  // namespace keratin::layers
