// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/attention/head_attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/layers/another_initializer.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/einsum_dense.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/strided.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 3> kValues = {"query", "value", "key"};
constexpr std::string_view kKeywords[] = {"query_mask",      "value_mask",
                                          "key_mask",        "attention_mask",
                                          "use_causal_mask", "return_attention_scores",
                                          "training"};

HeadAttentionSpec checked(HeadAttentionSpec spec) {
  if (spec.sliding_window && *spec.sliding_window <= 0) {
    invalid_argument(spec.class_name, "`sliding_window` must be `None` or a positive integer. ",
                     "Received: sliding_window=", *spec.sliding_window);
  }
  if (!(spec.dropout >= 0 && spec.dropout <= 1))
    invalid_argument(spec.class_name, "dropout must be between 0 and 1. Received: ", spec.dropout);
  if (spec.flash_attention.value_or(false) && spec.dropout > 0) {
    invalid_argument(spec.class_name,
                     "Dropout is not supported when flash attention is enabled. Please set dropout "
                     "to 0.0 to use flash attention. Received: dropout=",
                     spec.dropout);
  }
  return spec;
}

/// "abc,cde->abde", Keras's letters: `free` axes stay, `bound` are summed over, `made` come.
std::string equation(std::size_t free, std::size_t bound, std::size_t made, std::string& bias) {
  std::string letters;
  for (std::size_t i = 0; i < free + bound + made; ++i)
    letters += static_cast<char>('a' + static_cast<int>(i));
  bias = letters.substr(free + bound);
  return letters.substr(0, free + bound) + "," + letters.substr(free) + "->" +
         letters.substr(0, free) + bias;
}

Shape joined(const Shape& a, const Shape& b) {
  Shape all = a;
  for (const std::int64_t dim : b) all.push_back(dim);
  return all;
}

/// The axes of a value whose last one is its features: those of samples, and those that attention
/// runs over, which become one.
struct Folding {
  Folding(std::size_t rank, const std::vector<std::int64_t>& attended) : over(attended) {
    for (std::int64_t axis = 0; axis + 1 < static_cast<std::int64_t>(rank); ++axis) {
      if (std::ranges::find(over, axis) == over.end()) samples.push_back(axis);
    }
  }
  static Shape dims(const Shape& shape, const std::vector<std::int64_t>& axes) {
    Shape found;
    for (const std::int64_t axis : axes) found.push_back(shape[static_cast<std::size_t>(axis)]);
    return found;
  }
  /// The order of the axes of a projection, heads and size among them.
  std::vector<std::int64_t> order() const {
    std::vector<std::int64_t> all = samples;
    all.insert(all.end(), over.begin(), over.end());
    all.push_back(static_cast<std::int64_t>(all.size()));
    all.push_back(static_cast<std::int64_t>(all.size()));
    return all;
  }

  std::vector<std::int64_t> samples, over;
};

}  // namespace

HeadAttention::HeadAttention(const LayerOptions& options, HeadAttentionSpec spec)
    : Layer(options), spec_(checked(std::move(spec))), seed_(random::seed_or_default(spec_.seed)) {}

std::span<const std::string_view> HeadAttention::value_names() const { return kValues; }

bool HeadAttention::takes_keyword(std::string_view name) const {
  return std::ranges::find(kKeywords, name) != std::end(kKeywords);
}

std::vector<std::int64_t> HeadAttention::chance() const {
  return spec_.dropout > 0 ? std::vector<std::int64_t>{seed_, draws()}
                           : std::vector<std::int64_t>();
}
void HeadAttention::take_chance(const std::vector<std::int64_t>& chance) {
  if (chance.empty()) return;
  seed_ = chance[0];
  set_draws(chance[1]);
}

// -- shapes ---------------------------------------------------------------------------------------

std::vector<std::int64_t> HeadAttention::axes_for(std::size_t rank) const {
  const auto last = static_cast<std::int64_t>(rank) - 1;
  std::vector<std::int64_t> axes;
  if (!spec_.attention_axes) {
    axes.resize(rank - 2);
    std::iota(axes.begin(), axes.end(), 1);
    return axes;
  }
  for (std::int64_t axis : *spec_.attention_axes) {
    const std::int64_t given = axis;
    if (axis < 0) axis += last + 1;
    if (axis < 1 || axis >= last || std::ranges::find(axes, axis) != axes.end()) {
      invalid_argument(class_name(), "layer '", name(),
                       "': attention_axes must be axes between the batch and the last, each once. "
                       "Received: ",
                       given, " for a query of ", rank, " dimensions");
    }
    axes.push_back(axis);
  }
  return axes;
}

void HeadAttention::check_shapes(const Shape& query, const Shape& value, const Shape& key) const {
  const auto refuse = [&](const auto&... why) {
    invalid_argument(class_name(), "layer '", name(), "': ", why...,
                     ". Received: query_shape=", query, ", value_shape=", value,
                     ", key_shape=", key);
  };
  const std::size_t rank = query.rank();
  if (rank < 3 || rank > 20 || (spec_.sources != spec_.heads && rank != 3))
    refuse("the query must have at least 3 dimensions");
  if (value.rank() != rank || key.rank() != rank)
    refuse("`query`, `value` and `key` must have as many dimensions");
  const auto differ = [](std::int64_t a, std::int64_t b) {
    return a != b && a != kNone && b != kNone;
  };
  const std::vector<std::int64_t> axes = axes_for(rank);
  for (std::size_t i = 0; i + 1 < rank; ++i) {
    if (i > 0 && differ(value[i], key[i]))
      refuse("All dimensions of `value` and `key`, except the last one, must be equal");
    const bool is_attended = std::ranges::find(axes, static_cast<std::int64_t>(i)) != axes.end();
    if (!is_attended && (differ(query[i], value[i]) || differ(query[i], key[i])))
      refuse("dimensions that attention does not run over must be those of the query");
  }
  for (const Shape* shape : {&query, &value, &key}) {
    if (shape->back() == kNone) refuse("the last dimension must be known");
  }
  if (!built()) return;
  const Shape* const inputs[] = {&query, &key, &value};
  for (std::size_t i = 0; i < 3; ++i)
    parts_[i < 2 ? i : parts_.size() - 2]->compute_output_shape(*inputs[i]);
}

std::vector<Spec> HeadAttention::compute_output_spec(const Inputs& inputs) const {
  if (inputs.size() < 2 || inputs.size() > 3) {
    invalid_argument(class_name(), "layer '", name(),
                     "' takes query, value and maybe key. Received: ", inputs.size());
  }
  for (const Value& value : inputs.values) {
    if (!value) invalid_argument(class_name(), "layer '", name(), "' was called without inputs.");
  }
  const Shape query = inputs[0].shape(), value = inputs[1].shape();
  const Shape key = inputs.size() > 2 ? inputs[2].shape() : value;
  check_shapes(query, value, key);
  Shape out = query;
  if (spec_.output_shape.rank() > 0) {
    out = {};
    for (std::size_t i = 0; i + 1 < query.rank(); ++i) out.push_back(query[i]);
    out = joined(out, spec_.output_shape);
  }
  std::vector<Spec> specs = {{out, DType::kFloat32}};
  if (!flag(inputs, "return_attention_scores")) return specs;
  if (spec_.flash_attention.value_or(false)) {
    invalid_argument(class_name(), "layer '", name(),
                     "': Returning attention scores is not supported when flash attention is "
                     "enabled. Please disable flash attention to access attention scores. "
                     "Received: return_attention_scores=True");
  }
  const Folding folding(query.rank(), axes_for(query.rank()));
  Shape scores = Folding::dims(query, folding.samples);
  scores.push_back(spec_.heads);
  specs.push_back(
      {joined(joined(scores, Folding::dims(query, folding.over)), Folding::dims(key, folding.over)),
       DType::kFloat32});
  return specs;
}

Values HeadAttention::compute_mask(const Inputs& inputs) const {
  const Value given = named(inputs, "query_mask");
  const Value mask = given ? given : inputs[0].mask();
  return mask ? Values(mask) : Values();
}

// -- weights --------------------------------------------------------------------------------------

void HeadAttention::build_weights(std::span<const Spec> inputs) {
  if (inputs.size() < 2 || inputs.size() > 3) {
    invalid_argument(
        class_name(), "layer '", name(),
        "' is built for the shapes of query, value and maybe key. Received: ", inputs.size());
  }
  const Shape query = inputs[0].shape, value = inputs[1].shape;
  const Shape key = inputs.size() > 2 ? inputs[2].shape : value;
  check_shapes(query, value, key);
  const std::size_t rank = query.rank();
  std::vector<std::shared_ptr<Layer>> parts;
  const auto add = [&](std::string as, const Shape& input, std::size_t bound, const Shape& made,
                       const char* activation = nullptr) {
    std::string bias_axes;
    const std::size_t free = input.rank() - bound;
    const std::string text = equation(free, bound, made.rank(), bias_axes);
    Shape output;
    for (std::size_t i = 1; i < free; ++i) output.push_back(kNone);
    parts.push_back(
        shared(EinsumDense({.equation = text,
                            .output_shape = joined(output, made),
                            .activation = activation,
                            .bias_axes = spec_.use_bias ? std::optional(bias_axes) : std::nullopt,
                            .kernel_initializer = another_initializer(spec_.kernel_initializer),
                            .bias_initializer = another_initializer(spec_.bias_initializer),
                            .kernel_regularizer = spec_.kernel_regularizer,
                            .bias_regularizer = spec_.bias_regularizer,
                            .activity_regularizer = spec_.activity_regularizer,
                            .kernel_constraint = spec_.kernel_constraint,
                            .bias_constraint = spec_.bias_constraint,
                            .name = std::move(as),
                            .trainable = trainable()})));
    parts.back()->build(input);
  };
  add("query", query, 1, {spec_.heads, spec_.key_size});
  add("key", key, 1, {spec_.sources, spec_.key_size});
  if (spec_.use_gate) add("gate", query, 1, {spec_.heads, spec_.value_size}, "sigmoid");
  add("value", value, 1, {spec_.sources, spec_.value_size});
  Shape context;
  for (std::size_t i = 0; i + 1 < rank; ++i) context.push_back(query[i]);
  add("attention_output", joined(context, {spec_.heads, spec_.value_size}), 2,
      spec_.output_shape.rank() > 0 ? spec_.output_shape : Shape{query.back()});
  axes_ = axes_for(rank);
  parts_ = std::move(parts);
}

// -- the call -------------------------------------------------------------------------------------

Value HeadAttention::part(std::size_t i, const Value& x, Pass& pass) const {
  if (i >= parts_.size())
    invalid_argument(class_name(), "layer '", name(), "' is not built yet: it has no projections.");
  return parts_[i]->run(x.with_mask({}), pass);
}

std::vector<Tensor> HeadAttention::masks_of(const Inputs& inputs, const Shape& query,
                                            const Shape& key) const {
  const Folding folding(query.rank(), axes_);
  const Shape samples = Folding::dims(query, folding.samples);
  const Shape queries = Folding::dims(query, axes_), keys = Folding::dims(key, axes_);
  const Shape all = joined(joined(joined(samples, {spec_.heads}), queries), keys);
  const std::size_t pairs = queries.rank() + keys.rank();
  std::vector<Tensor> masks;
  const auto add = [&](const Value& value, std::string_view what, const Shape& shape) {
    const std::size_t rank = shape.rank();
    bool fits = rank >= pairs && rank <= all.rank();
    Shape spread, wanted, folded;
    for (std::size_t i = 0; fits && i < all.rank(); ++i) {
      const std::size_t first = rank - pairs, behind = all.rank() - pairs;
      const std::int64_t dim = i < first    ? shape[i]
                               : i < behind ? 1
                                            : shape[i - (all.rank() - rank)];
      fits = dim == 1 || dim == all[i];
      spread.push_back(dim);
    }
    if (!fits) {
      invalid_argument(class_name(), "layer '", name(), "': ", what, " of shape ", value.shape(),
                       " does not fit a query of shape ", query, " and a value of shape ", key);
    }
    // Of several axes that become one, all are repeated or none.
    std::size_t at = 0;
    for (const std::size_t axes : {samples.rank(), std::size_t{1}, queries.rank(), keys.rank()}) {
      bool whole = false;
      for (std::size_t i = at; i < at + axes; ++i) whole = whole || spread[i] != 1;
      std::int64_t size = 1;
      for (std::size_t i = at; i < at + axes; ++i) {
        wanted.push_back(whole ? all[i] : 1);
        size *= wanted.back();
      }
      folded.push_back(size);
      at += axes;
    }
    const Tensor mask = cast(value.tensor(), DType::kBool).reshaped(spread);
    masks.push_back((wanted == spread ? mask : ops::repeated_to(mask, wanted)).reshaped(folded));
  };
  if (const Value mask = named(inputs, "attention_mask")) add(mask, "attention_mask", mask.shape());
  for (std::size_t i = 0; i < kValues.size(); ++i) {
    const Value given = named(inputs, kKeywords[i]);
    const Value mask = given ? given : i < inputs.size() ? inputs[i].mask() : Value();
    if (!mask) continue;
    const Shape& shape = mask.shape();
    Shape spread;
    for (std::size_t k = 0; k + 1 < shape.rank(); ++k) spread.push_back(shape[k]);
    if (i > 0) spread.push_back(1);
    if (shape.rank() > 0) spread.push_back(shape.back());
    if (i == 0) spread.push_back(1);
    if (axes_.size() != 1) spread = {};  // which fits nothing
    add(mask, kKeywords[i], spread);
  }
  return masks;
}

ops::BlindQuery HeadAttention::blind(MaskPolicy policy, const Shape& query,
                                     bool return_scores) const {
  if (policy == MaskPolicy::kKeras2) return ops::BlindQuery::kMeanAdded;
  const bool is_fused = spec_.dropout == 0 && !return_scores && query.rank() == 3;
  return policy == MaskPolicy::kKeras3 && is_fused ? ops::BlindQuery::kMean
                                                   : ops::BlindQuery::kZero;
}

Values HeadAttention::call(const Inputs& inputs, Pass& pass) const {
  const Value &query = inputs[0], &value = inputs[1];
  const Value& key = inputs.size() > 2 ? inputs[2] : value;
  const bool is_causal = flag(inputs, "use_causal_mask");
  const bool return_scores = flag(inputs, "return_attention_scores");
  if ((is_causal || spec_.sliding_window) && axes_.size() != 1) {
    invalid_argument(class_name(), "layer '", name(),
                     "': use_causal_mask and sliding_window go with attention over one axis. "
                     "Received: ",
                     axes_.size(), " axes");
  }
  const Folding folding(query.shape().rank(), axes_);
  const Shape samples = Folding::dims(query.shape(), folding.samples);
  const Shape queries = Folding::dims(query.shape(), axes_);
  const Shape keys = Folding::dims(key.shape(), axes_);
  std::vector<std::int64_t> order = folding.order(), inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  const bool is_in_order = std::ranges::is_sorted(order);
  const auto folded = [&](std::size_t i, const Value& x, const Shape& steps, std::int64_t heads,
                          std::int64_t size) {
    const Value y = part(i, x, pass);
    return reshaped(is_in_order ? y : ops::transpose(y, ops::Axes(order)),
                    {samples.size(), steps.size(), heads, size});
  };
  const std::size_t last = parts_.size() - 1;
  const Value gate = spec_.use_gate ? part(2, query, pass) : Value();
  ops::AttentionSettings settings{
      .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(spec_.key_size))),
      .is_causal = is_causal,
      .window = spec_.sliding_window.value_or(0),
      .blind = blind(pass.mask_policy, query.shape(), return_scores),
      .return_scores = return_scores};
  if (pass.training && spec_.dropout > 0) {
    settings.dropout = spec_.dropout;
    settings.seed = seed_;
    settings.draw = pass.draw(*this);
  }
  const Values all =
      ops::attention({.query = folded(0, query, queries, spec_.heads, spec_.key_size),
                      .key = folded(1, key, keys, spec_.sources, spec_.key_size),
                      .value = folded(last - 1, value, keys, spec_.sources, spec_.value_size),
                      .bias = {},
                      .weight = {},
                      .masks = masks_of(inputs, query.shape(), key.shape())},
                     settings);
  Value context =
      reshaped(all[0], joined(joined(samples, queries), {spec_.heads, spec_.value_size}));
  if (!is_in_order) context = ops::transpose(context, ops::Axes(inverse));
  if (gate) context = ops::multiply(context, gate);
  Values outputs = part(last, context, pass);
  if (return_scores) {
    outputs.push_back(
        reshaped(all[1], joined(joined(joined(samples, {spec_.heads}), queries), keys)));
  }
  return outputs;
}

}  // namespace keratin::layers
