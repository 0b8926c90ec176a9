// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/bidirectional.h"

#include <algorithm>
#include <array>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {

template <class F>
void fields(F& f, BidirectionalOptions& o) {
  base_fields(f, o);
  f("layer", o.layer);
  f("merge_mode", o.merge_mode);
  f("backward_layer", o.backward_layer);
}

void as_it_stands(const Bidirectional& layer, BidirectionalOptions& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  o.layer = std::shared_ptr<Layer>(layer.forward_layer());
  o.backward_layer = std::shared_ptr<Layer>(layer.backward_layer());
}

namespace {

constexpr std::string_view kName = Bidirectional::kName;

std::shared_ptr<Recurrent> recurrent(std::string_view what, const std::shared_ptr<Layer>& layer) {
  if (layer == nullptr) invalid_argument(kName, what, " must be a layer. Received: None");
  auto found = std::dynamic_pointer_cast<Recurrent>(layer);
  if (found == nullptr) {
    invalid_argument(
        kName, what,
        " must be a recurrent layer: LSTM, GRU, SimpleRNN or RNN. Received: the layer '",
        layer->name(), "', ", layer->class_name());
  }
  return found;
}

/// One of the same config.
std::shared_ptr<Recurrent> made_again(const std::shared_ptr<Layer>& layer, std::string_view prefix,
                                      bool is_backward) {
  recurrent("layer", layer);
  Config config = layer->serialize();
  Config& options = config["config"];
  std::string_view name = layer->name();
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  options["name"] = str(prefix, name);
  if (is_backward) options["go_backwards"] = true;
  return recurrent("layer", Layer::deserialize(config));
}

/// The half of the call that is that of one direction. Keras: half of the states.
Inputs half_of(const Inputs& inputs, bool second) {
  Inputs half = inputs;
  for (auto& [name, values] : half.named) {
    if (name != "initial_state") continue;
    const std::size_t middle = values.size() / 2;
    Values states;
    for (std::size_t i = second ? middle : 0; i < (second ? values.size() : middle); ++i)
      states.push_back(values[i]);
    values = std::move(states);
  }
  return half;
}

}  // namespace

Bidirectional::Bidirectional(const BidirectionalOptions& options)
    : Bidirectional(options, made_again(options.layer.shared(), "forward_", false),
                    options.backward_layer
                        ? recurrent("backward_layer", options.backward_layer.shared())
                        : made_again(options.layer.shared(), "backward_", true)) {}

Bidirectional::Bidirectional(const BidirectionalOptions& options,
                             std::shared_ptr<Recurrent> forward,
                             std::shared_ptr<Recurrent> backward)
    : Configured(options, base_options(kName, options)),
      forward_(std::move(forward)),
      backward_(std::move(backward)) {
  const Recurrent::Run &one = forward_->how(), &other = backward_->how();
  constexpr std::array kModes = {"sum", "mul", "ave", "concat"};
  if (options.merge_mode && std::ranges::find(kModes, *options.merge_mode) == kModes.end()) {
    invalid_argument(kName, "merge_mode must be 'sum', 'mul', 'ave', 'concat' or None. Received: '",
                     *options.merge_mode, "'");
  }
  if (one.go_backwards == other.go_backwards) {
    invalid_argument(kName,
                     "Forward layer and backward layer should have different `go_backwards` value. "
                     "Received: ",
                     one.go_backwards ? "True" : "False", " of both");
  }
  const auto agree = [](std::string_view what, bool a, bool b) {
    if (a != b) {
      invalid_argument(kName,
                       "Forward layer and backward layer are expected to have the same value for ",
                       what, ". Received: ", a ? "True" : "False", " and ", b ? "True" : "False");
    }
  };
  agree("stateful", one.stateful, other.stateful);
  agree("return_sequences", one.return_sequences, other.return_sequences);
  agree("return_state", one.return_state, other.return_state);
  for (const auto& layer : {forward_, backward_}) {
    layer->set_zero_output_for_mask(one.return_sequences);
    if (!trainable()) layer->set_trainable(false);
  }
}

Shape Bidirectional::compute_output_shape(const Shape& input_shape) const {
  Shape shape = forward_->compute_output_shape(input_shape);
  const Shape other = backward_->compute_output_shape(input_shape);
  if (!options_.merge_mode) return shape;
  if (*options_.merge_mode == "concat") {
    shape[shape.rank() - 1] += other.back();
  } else if (shape.back() != other.back()) {
    invalid_argument(class_name(), "layer '", name(),
                     "': The forward and backward layers must produce the same number of units "
                     "with merge_mode='",
                     *options_.merge_mode, "'. Received: ", shape.back(), " and ", other.back());
  }
  return shape;
}

std::vector<Spec> Bidirectional::compute_output_spec(const Inputs& inputs) const {
  std::vector<Spec> all = forward_->compute_output_spec(inputs);
  std::vector<Spec> other = backward_->compute_output_spec(inputs);
  const auto states = all.begin() + 1;
  if (options_.merge_mode) {
    all[0].shape = compute_output_shape(inputs[0].shape());
    all.insert(all.end(), other.begin() + 1, other.end());
  } else {
    all.insert(states, other[0]);
    all.insert(all.end(), other.begin() + 1, other.end());
  }
  return all;
}

Values Bidirectional::compute_mask(const Inputs& inputs) const {
  const Value mask = inputs.mask();
  if (!mask || !forward_->how().return_sequences) return {};
  if (options_.merge_mode) return mask;
  Values both = mask;
  both.push_back(mask);
  return both;
}

void Bidirectional::build_weights(const Shape& input_shape) {
  forward_->build(input_shape);
  backward_->build(input_shape);
}

void Bidirectional::prepare(const Inputs& inputs) const {
  if (forward_->how().stateful && !built() && inputs.size() == 1 && inputs[0])
    build(inputs[0].shape());  // of as many samples as there are
  Layer::prepare(inputs);
}

void Bidirectional::reset_state() {
  forward_->reset_state();
  backward_->reset_state();
}

void Bidirectional::check_call(const Inputs& inputs) const {
  compute_output_shape(inputs[0].shape());
  forward_->prepare(half_of(inputs, false));
  backward_->prepare(half_of(inputs, true));
}

std::vector<std::int64_t> Bidirectional::chance() const {
  std::vector<std::int64_t> all = forward_->chance();
  const std::vector<std::int64_t> other = backward_->chance();
  all.insert(all.end(), other.begin(), other.end());
  return all;
}

void Bidirectional::take_chance(const std::vector<std::int64_t>& chance) {
  const auto middle = chance.begin() + static_cast<std::ptrdiff_t>(forward_->chance().size());
  forward_->set_chance({chance.begin(), middle});
  backward_->set_chance({middle, chance.end()});
}

Value Bidirectional::merged(const Value& forward, const Value& backward) const {
  const std::string& mode = *options_.merge_mode;
  if (mode == "mul") return forward * backward;
  if (mode == "sum") return forward + backward;
  if (mode == "ave") return (forward + backward) / 2.0;
  Values both = forward;
  both.push_back(backward);
  return ops::concatenate(both, -1);
}

Values Bidirectional::call(const Inputs& inputs, Pass& pass) const {
  const Values one = forward_->run(half_of(inputs, false), pass);
  const Values other = backward_->run(half_of(inputs, true), pass);
  const Value reversed = forward_->how().return_sequences ? ops::flip(other[0], {1}) : other[0];
  Values all;
  if (options_.merge_mode) {
    all.push_back(merged(one[0], reversed));
  } else {
    all.push_back(one[0]);
    all.push_back(reversed);
  }
  for (const Values* states : {&one, &other}) {
    for (std::size_t i = 1; i < states->size(); ++i) all.push_back((*states)[i]);
  }
  return all;
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Bidirectional, layers::BidirectionalOptions,
                          layers::LayerOf<layers::Bidirectional>>;
}  // namespace keratin
