// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/attention/scored_attention.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/ops/comparisons.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

/// The axes in front of the last two.
Shape samples_of(const Shape& shape) {
  Shape samples;
  for (std::size_t i = 0; i + 2 < shape.rank(); ++i) samples.push_back(shape[i]);
  return samples;
}

Shape with(Shape shape, std::initializer_list<std::int64_t> dims) {
  for (const std::int64_t dim : dims) shape.push_back(dim);
  return shape;
}

}  // namespace

ScoredAttention::ScoredAttention(const LayerOptions& options, double dropout,
                                 const std::optional<std::int64_t>& seed)
    : Layer(options), dropout_(dropout), seed_(random::seed_or_default(seed)) {
  if (!(dropout >= 0 && dropout <= 1))
    invalid_argument(class_name(), "dropout must be between 0 and 1. Received: ", dropout);
}

bool ScoredAttention::takes_keyword(std::string_view name) const {
  return name == "use_causal_mask" || name == "return_attention_scores" ||
         Layer::takes_keyword(name);
}

std::vector<std::int64_t> ScoredAttention::chance() const {
  return dropout_ > 0 ? std::vector<std::int64_t>{seed_, draws()} : std::vector<std::int64_t>();
}
void ScoredAttention::take_chance(const std::vector<std::int64_t>& chance) {
  if (chance.empty()) return;
  seed_ = chance[0];
  set_draws(chance[1]);
}

void ScoredAttention::check_shapes(const std::vector<Shape>& shapes) const {
  if (shapes.size() < 2 || shapes.size() > 3) {
    invalid_argument(class_name(), "layer '", name(),
                     "' accepts inputs list of length 2 or 3, namely [query, value] or [query, "
                     "value, key]. Received length: ",
                     shapes.size(), ".");
  }
  const Shape &query = shapes[0], &value = shapes[1], &key = shapes.back();
  const auto differ = [](std::int64_t a, std::int64_t b) {
    return a != b && a != kNone && b != kNone;
  };
  bool fits = query.rank() >= 3 && value.rank() == query.rank() && key.rank() == query.rank();
  for (std::size_t i = 0; fits && i + 2 < query.rank(); ++i)
    fits = !differ(query[i], value[i]) && !differ(query[i], key[i]);
  fits = fits && !differ(value.dim(-2), key.dim(-2)) && !differ(query.back(), key.back());
  if (!fits) {
    invalid_argument(class_name(), "layer '", name(),
                     "' takes a query (batch, ..., T, N), a value (batch, ..., S, M) and a key "
                     "(batch, ..., S, N). Received shapes: ",
                     query, ", ", value, " and ", key);
  }
}

std::vector<Spec> ScoredAttention::compute_output_spec(const Inputs& inputs) const {
  std::vector<Shape> shapes;
  for (const Value& value : inputs.values) {
    if (!value) invalid_argument(class_name(), "layer '", name(), "' was called without inputs.");
    shapes.push_back(value.shape());
  }
  check_shapes(shapes);
  Shape out = shapes[0];
  out[out.rank() - 1] = shapes[1].back();
  std::vector<Spec> specs = {{out, DType::kFloat32}};
  if (flag(inputs, "return_attention_scores")) {
    out[out.rank() - 1] = shapes.back().dim(-2);
    specs.push_back({out, DType::kFloat32});
  }
  return specs;
}

Values ScoredAttention::compute_mask(const Inputs& inputs) const {
  const Value mask = inputs.mask(0);
  return mask ? Values(mask) : Values();
}

ops::BlindQuery ScoredAttention::blind(MaskPolicy policy) {
  return policy == MaskPolicy::kKeras2 ? ops::BlindQuery::kMeanAdded : ops::BlindQuery::kZero;
}

Values ScoredAttention::call(const Inputs& inputs, Pass& pass) const {
  const Value &query = inputs[0], &value = inputs[1];
  const Value& key = inputs.size() > 2 ? inputs[2] : value;
  const Shape samples = samples_of(query.shape());
  const auto mask_of = [&](std::size_t i, const Shape& wanted) {
    const Value mask = inputs.mask(i);
    if (mask && mask.shape() != wanted) {
      invalid_argument(class_name(), "layer '", name(), "' was given a mask of shape ",
                       mask.shape(), " for ", i == 0 ? "a query" : "a value", " of shape ",
                       inputs[i].shape(), ": it must have its axes but the last.");
    }
    return mask ? cast(mask.tensor(), DType::kBool) : Tensor();
  };
  const std::int64_t count = samples.size(), steps = query.shape().dim(-2);
  const std::int64_t keys = key.shape().dim(-2);
  const auto one_head = [&](const Value& x) {
    return reshaped(x, {count, x.shape().dim(-2), 1, x.shape().back()});
  };
  ops::AttentionInputs in{.query = one_head(query),
                          .key = one_head(key),
                          .value = one_head(value),
                          .bias = {},
                          .weight = {},
                          .masks = {}};
  set_scores(in, pass);
  if (const Tensor mask = mask_of(1, with(samples, {keys})))
    in.masks.push_back(mask.reshaped({count, 1, 1, keys}));
  ops::AttentionSettings settings{.is_causal = flag(inputs, "use_causal_mask"),
                                  .blind = blind(pass.mask_policy),
                                  .return_scores = flag(inputs, "return_attention_scores"),
                                  .scores_dropped = true};
  if (pass.training && dropout_ > 0) {
    settings.dropout = dropout_;
    settings.seed = seed_;
    settings.draw = pass.draw(*this);
  }
  const Values all = ops::attention(in, settings);
  Value out = reshaped(all[0], with(samples, {steps, value.shape().back()}));
  if (const Tensor mask = mask_of(0, with(samples, {steps}))) {
    out =
        ops::where(Value(mask.reshaped(with(samples, {steps, 1}))), out, Value(Tensor::zeros({})));
  }
  Values outputs = out;
  if (settings.return_scores) outputs.push_back(reshaped(all[1], with(samples, {steps, keys})));
  return outputs;
}

}  // namespace keratin::layers
