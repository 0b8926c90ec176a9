// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/outputs/adaptive_log_softmax.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/another_initializer.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/choices.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/places.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/scatters.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/slices.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

const AdaptiveLogSoftmaxWithLossOptions& checked(const AdaptiveLogSoftmaxWithLossOptions& o) {
  constexpr std::string_view kWho = AdaptiveLogSoftmaxWithLoss::kName;
  const auto& cutoffs = o.cutoffs;
  std::string words;
  for (const std::int64_t cutoff : cutoffs) words += str(words.empty() ? "" : ", ", cutoff);
  const bool ascend = std::ranges::adjacent_find(cutoffs, std::greater_equal()) == cutoffs.end();
  if (cutoffs.empty() || !ascend || cutoffs.front() < 1 || cutoffs.back() >= o.n_classes) {
    invalid_argument(kWho, "cutoffs must be one or more numbers that ascend from 1 on, below the ",
                     o.n_classes, " of n_classes. Received: [", words, "]");
  }
  if (!(o.div_value > 0 && std::isfinite(o.div_value))) {
    invalid_argument(kWho, "div_value must be positive. Received: ", o.div_value);
  }
  return o;
}

/// Columns [first, end) of (N, C).
Value columns(const Value& x, std::int64_t first, std::int64_t end) {
  return ops::get_item(x, {ops::Index::ellipsis(), ops::Index::slice(first, end)});
}

/// Element places[n] of row n: (N,).
Value picked(const Value& rows, std::vector<std::int64_t> places) {
  const auto count = std::ssize(places);
  const Value at = Tensor::from(std::move(places), Shape{count, 1});
  return ops::reshape(ops::take_along_axis(rows, at, -1), {count});
}

}  // namespace

template <class F>
void fields(F& f, AdaptiveLogSoftmaxWithLossOptions& o) {
  common_fields(f, o);
  f("n_classes", o.n_classes);
  f("cutoffs", o.cutoffs);
  f("div_value", o.div_value);
  f("head_bias", o.head_bias);
  f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f("activity_regularizer", o.activity_regularizer);
}

AdaptiveLogSoftmaxWithLoss::AdaptiveLogSoftmaxWithLoss(AdaptiveLogSoftmaxWithLossOptions options)
    : Configured(options, base_options(kName, checked(options))) {}

std::string_view AdaptiveLogSoftmaxWithLoss::name_of_part(std::size_t i) const { return names_[i]; }

void AdaptiveLogSoftmaxWithLoss::build_width(std::int64_t width) {
  const auto& cutoffs = options_.cutoffs;
  const auto clusters = std::ssize(cutoffs);
  std::vector<std::shared_ptr<Layer>> parts;
  std::vector<std::string> names;
  const auto add = [&](std::string name, std::int64_t in, std::int64_t units, bool bias) {
    parts.push_back(
        shared(Dense({.units = units,
                      .use_bias = bias,
                      .kernel_initializer = another_initializer(options_.kernel_initializer),
                      .bias_initializer = another_initializer(options_.bias_initializer),
                      .name = name,
                      .trainable = trainable()})));
    parts.back()->build({kNone, in});
    names.push_back(std::move(name));
  };
  add("head", width, cutoffs[0] + clusters, options_.head_bias);
  for (std::int64_t i = 0; i < clusters; ++i) {
    const auto at = static_cast<std::size_t>(i);
    // torch: in_features // div_value ** (i + 1).
    const double inner =
        std::floor(static_cast<double>(width) / std::pow(options_.div_value, i + 1));
    if (!(inner >= 1 && inner < 0x1p53)) {
      invalid_argument(kName, "layer '", name(), "': div_value ", options_.div_value,
                       " leaves cluster ", i, " of inputs of ", width, " numbers ", inner);
    }
    const auto between = static_cast<std::int64_t>(inner);
    const std::int64_t end = i + 1 < clusters ? cutoffs[at + 1] : options_.n_classes;
    add(str("tail_", i, "_projection"), width, between, false);
    add(str("tail_", i, "_output"), between, end - cutoffs[at], false);
  }
  parts_ = std::move(parts);
  names_ = std::move(names);
}

Value AdaptiveLogSoftmaxWithLoss::head(const Value& x, Pass& pass) const {
  return ops::log_softmax(Value(parts_[0]->run(Inputs(x), pass)));
}

Value AdaptiveLogSoftmaxWithLoss::tail(std::size_t i, const Value& x, Pass& pass) const {
  const Value between = parts_[1 + 2 * i]->run(Inputs(x), pass);
  return ops::log_softmax(Value(parts_[2 + 2 * i]->run(Inputs(between), pass)));
}

Value AdaptiveLogSoftmaxWithLoss::losses(const Value& x, const Tensor& labels, Pass& pass) const {
  const auto& cutoffs = options_.cutoffs;
  const auto label = labels.data<std::int64_t>();
  const auto count = std::ssize(label);
  struct Cluster {
    std::vector<std::int64_t> samples, places;
  };
  std::vector<Cluster> clusters(cutoffs.size());
  std::vector<std::int64_t> in_head;
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t one = label[static_cast<std::size_t>(n)];
    const auto above = std::ranges::upper_bound(cutoffs, one) - cutoffs.begin();
    in_head.push_back(above == 0 ? one : cutoffs[0] + above - 1);
    if (above == 0) continue;
    clusters[static_cast<std::size_t>(above - 1)].samples.push_back(n);
    clusters[static_cast<std::size_t>(above - 1)].places.push_back(
        one - cutoffs[static_cast<std::size_t>(above - 1)]);
  }
  Value logs = picked(head(x, pass), std::move(in_head));
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    Cluster& cluster = clusters[i];
    if (cluster.samples.empty()) continue;
    const auto members = std::ssize(cluster.samples);
    const Tensor which = Tensor::from(std::move(cluster.samples), Shape{members});
    const Value within =
        picked(tail(i, ops::take(x, Value(which), 0), pass), std::move(cluster.places));
    logs = ops::add(logs, ops::scatter(Value(which.reshaped({members, 1})), within, Shape{count}));
  }
  return ops::negative(logs);
}

Value AdaptiveLogSoftmaxWithLoss::scores(const Value& x, Pass& pass) const {
  const std::int64_t frequent = options_.cutoffs[0];
  const Value of_head = head(x, pass);
  Values all{columns(of_head, 0, frequent)};
  for (std::size_t i = 0; i < options_.cutoffs.size(); ++i) {
    const std::int64_t at = frequent + static_cast<std::int64_t>(i);
    all.push_back(ops::add(tail(i, x, pass), columns(of_head, at, at + 1)));
  }
  return ops::concatenate(all, 1);
}

Tensor AdaptiveLogSoftmaxWithLoss::predict(const Tensor& inputs) const {
  if (!built()) invalid_argument(kName, "layer '", name(), "' is not built yet.");
  const std::int64_t width = parts_[0]->weights()[0]->shape()[0];
  if (inputs.shape().rank() == 0 || inputs.shape().back() != width) {
    invalid_argument(kName, "layer '", name(), "' takes vectors of ", width,
                     " numbers. Received shape: ", inputs.shape());
  }
  const Shape shape = inputs.shape().leading();
  const std::int64_t count = shape.size();
  if (count == 0) return Tensor::zeros(shape, DType::kInt64);
  Pass pass;
  const Value x = cast(inputs, DType::kFloat32).reshaped({count, width});
  const auto best = [](const Value& logs) {
    return cast(ops::argmax(logs, -1).tensor(), DType::kInt64);
  };
  Tensor classes = best(head(x, pass));
  const auto found = classes.data<std::int64_t>();
  std::vector<std::int64_t> rare;
  for (std::size_t n = 0; n < found.size(); ++n) {
    if (found[n] >= options_.cutoffs[0]) rare.push_back(static_cast<std::int64_t>(n));
  }
  if (!rare.empty()) {
    const Value which = Tensor::from(rare, Shape{std::ssize(rare)});
    const Tensor of_all = best(scores(ops::take(x, which, 0), pass));
    for (std::size_t i = 0; i < rare.size(); ++i)
      found[static_cast<std::size_t>(rare[i])] = of_all.data<std::int64_t>()[i];
  }
  return classes.reshaped(shape);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<
    layers::AdaptiveLogSoftmaxWithLoss, layers::AdaptiveLogSoftmaxWithLossOptions,
    layers::LayerOf<layers::AdaptiveLogSoftmaxWithLoss, layers::LabelledOutput>>;
}  // namespace keratin
