// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/outputs/labelled_output.h"

namespace keratin::layers {

class HuffmanTree;

struct HierarchicalSoftmaxOptions {
  std::int64_t units = 0;                 // V classes, 2 at least; must be given
  std::vector<std::int64_t> counts = {};  // how often each occurs, 1 at least; none: all alike
  Identifier<const initializers::Initializer> kernel_initializer = "zeros";  // word2vec's
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A softmax over V classes as log V decisions on the way down a Huffman tree: F. Morin, Y. Bengio,
/// "Hierarchical probabilistic neural network language model" (2005), as word2vec and fastText have
/// it. Each inner node has a row v of the kernel (V - 1, D), a table; the way goes to its left
/// (word2vec: code 0) with probability sigmoid(x . v).
///   inputs  float32 (..., D)
///   labels  of any integer type, (...)
///   output  with labels, (...): minus the log of their probabilities, at the cost of the rows on
///           their ways;
///           without, (..., V): the logs of the probabilities of all classes.
/// Throws std::invalid_argument for fewer than two units, and counts that are not one for each,
/// positive, 2^62 in all at most; std::out_of_range for a label outside [0, V).
class HierarchicalSoftmax final : public Configured<HierarchicalSoftmax, HierarchicalSoftmaxOptions,
                                                    LayerOf<HierarchicalSoftmax, LabelledOutput>> {
 public:
  static constexpr std::string_view kName = "HierarchicalSoftmax";
  static constexpr std::string_view kPackage = "keratin";
  explicit HierarchicalSoftmax(HierarchicalSoftmaxOptions options);

  std::vector<std::shared_ptr<Layer>> parts() const override;
  std::string_view name_of_part(std::size_t) const override { return "kernel"; }

 private:
  std::int64_t classes() const override { return options_.units; }
  void build_width(std::int64_t width) override;
  Value losses(const Value& x, const Tensor& labels, Pass& pass) const override;
  Value scores(const Value& x, Pass& pass) const override;

  std::shared_ptr<const HuffmanTree> tree_;  // both null before build()
  std::shared_ptr<Layer> kernel_;
};

}  // namespace keratin::layers
