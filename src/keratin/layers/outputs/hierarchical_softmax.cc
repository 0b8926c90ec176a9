// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/outputs/hierarchical_softmax.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/outputs/huffman_tree.h"
#include "keratin/layers/outputs/whole_table.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/places.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/scatters.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/slices.h"

namespace keratin::layers {
namespace {

const HierarchicalSoftmaxOptions& checked(const HierarchicalSoftmaxOptions& o) {
  constexpr std::string_view kWho = HierarchicalSoftmax::kName;
  if (o.units < 2) invalid_argument(kWho, "units must be 2 or more. Received: ", o.units);
  if (!o.counts.empty() && std::ssize(o.counts) != o.units) {
    invalid_argument(kWho, "counts must be a number for each of the ", o.units,
                     " units. Received: ", o.counts.size());
  }
  std::int64_t room = std::int64_t{1} << 62;
  for (const std::int64_t count : o.counts) {
    if (count < 1 || count > room) {
      invalid_argument(kWho, "counts must be positive, 2^62 in all at most. Received: ", count);
    }
    room -= count;
  }
  return o;
}

Value of(std::vector<std::int64_t> numbers) {
  const auto count = std::ssize(numbers);
  return Tensor::from(std::move(numbers), Shape{count});
}

}  // namespace

template <class F>
void fields(F& f, HierarchicalSoftmaxOptions& o) {
  common_fields(f, o);
  f("units", o.units);
  f("counts", o.counts);
  f("kernel_initializer", o.kernel_initializer);
  f("kernel_regularizer", o.kernel_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("kernel_constraint", o.kernel_constraint);
}

HierarchicalSoftmax::HierarchicalSoftmax(HierarchicalSoftmaxOptions options)
    : Configured(options, base_options(kName, checked(options))) {}

std::vector<std::shared_ptr<Layer>> HierarchicalSoftmax::parts() const {
  return kernel_ ? std::vector{kernel_} : std::vector<std::shared_ptr<Layer>>();
}

void HierarchicalSoftmax::build_width(std::int64_t width) {
  const HierarchicalSoftmaxOptions& o = options_;
  auto kernel = shared(Embedding({.input_dim = o.units - 1,
                                  .output_dim = width,
                                  .embeddings_initializer = o.kernel_initializer,
                                  .embeddings_regularizer = o.kernel_regularizer,
                                  .embeddings_constraint = o.kernel_constraint,
                                  .name = "kernel",
                                  .trainable = trainable()}));
  kernel->build({kNone});
  tree_ = std::make_shared<const HuffmanTree>(
      o.counts.empty() ? std::vector<std::int64_t>(static_cast<std::size_t>(o.units), 1)
                       : o.counts);
  kernel_ = std::move(kernel);
}

Value HierarchicalSoftmax::losses(const Value& x, const Tensor& labels, Pass& pass) const {
  std::vector<std::int64_t> nodes, samples;  // of all ways, one behind another
  std::vector<float> signs;                  // -1 to the left: softplus(-z) = -log(sigmoid(z))
  std::int64_t sample = 0;
  for (const std::int64_t label : labels.data<std::int64_t>()) {
    tree_->for_path(label, [&](std::int64_t inner, bool right) {
      nodes.push_back(inner);
      samples.push_back(sample);
      signs.push_back(right ? 1.0F : -1.0F);
    });
    ++sample;
  }
  const auto count = std::ssize(signs);
  const Value of_sample = of(std::move(samples));
  const Value rows = kernel_->run(Inputs(of(std::move(nodes))), pass);
  const Value decided = ops::sum(ops::multiply(ops::take(x, of_sample, 0), rows), -1);
  const Value losses =
      ops::softplus(ops::multiply(decided, Value(Tensor::from(signs, Shape{count}))));
  return ops::segment_sum(losses, of_sample, sample, true);
}

/// Level by level: what a node has is what its parent has, and the decision there.
Value HierarchicalSoftmax::scores(const Value& x, Pass& pass) const {
  const std::int64_t leaves = tree_->leaves();
  const Value decided = ops::matmul_transposed(x, whole_table(*kernel_, pass));
  const Value decisions =
      ops::concatenate({ops::log_sigmoid(decided), ops::log_sigmoid(ops::negative(decided))}, 1);
  std::vector<std::int64_t> level{tree_->root() - leaves};  // its inner nodes
  Value logs = Tensor::zeros({1, 1});
  Values found;                                                       // of leaves,
  std::vector<std::int64_t> place(static_cast<std::size_t>(leaves));  // which stand there
  std::int64_t known = 0;
  while (!level.empty()) {
    std::vector<std::int64_t> parents, columns, next;
    for (const bool inner : {false, true}) {
      for (std::size_t i = 0; i < level.size(); ++i) {
        for (const bool right : {false, true}) {
          const std::int64_t child = tree_->child(level[i], right);
          if ((child >= leaves) != inner) continue;
          parents.push_back(static_cast<std::int64_t>(i));
          columns.push_back(level[i] + (right ? leaves - 1 : 0));
          if (inner) {
            next.push_back(child - leaves);
          } else {
            place[static_cast<std::size_t>(child)] = known++;
          }
        }
      }
    }
    const std::int64_t ends = std::ssize(parents) - std::ssize(next);
    const Value both = ops::add(ops::take(logs, of(std::move(parents)), 1),
                                ops::take(decisions, of(std::move(columns)), 1));
    const auto part = [&](std::optional<std::int64_t> first, std::optional<std::int64_t> end) {
      return ops::get_item(both, {ops::Index::ellipsis(), ops::Index::slice(first, end)});
    };
    if (ends > 0) found.push_back(part(0, ends));
    logs = part(ends, {});
    level = std::move(next);
  }
  return ops::take(ops::concatenate(found, 1), of(std::move(place)), 1);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::HierarchicalSoftmax, layers::HierarchicalSoftmaxOptions,
                          layers::LayerOf<layers::HierarchicalSoftmax, layers::LabelledOutput>>;
}  // namespace keratin
