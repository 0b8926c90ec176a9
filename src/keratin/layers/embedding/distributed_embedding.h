// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/embed_reduce.h"
#include "keratin/layers/embedding/feature_config.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/named_values.h"

namespace keratin::layers {

struct DistributedEmbeddingOptions {
  std::vector<FeatureConfig> feature_configs;  // must be given
  /// Where users have the features: lists and dicts with a null for each, of dicts by sorted keys.
  /// Not given: in a list.
  std::optional<Config> structure = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Many features, each looked up in a table and reduced to one vector a sample; all of them in one
/// pass of the library's threads, and so are the tables trained. KerasRS:
/// `keras_rs.layers.DistributedEmbedding`, here on one machine.
///   inputs  for each feature its ids (B, T), or (B) of one each; then, if any, for each feature
///           the weights of these ids, float32 of the same shape
///   output  for each feature float32 (B, D), as EmbedReduce gives it
/// A table is trained by an optimizer of its own, made of the one in its config, in the steps of
/// the one that the model is compiled with: its state is the last part of that one's, its learning
/// rate its own. Throws std::invalid_argument for features without a table, two tables of one name,
/// shapes that do not go together, another combiner, a placement other than "auto" and
/// "default_device", an optimizer that shares out its steps (LossScaleOptimizer, MultiOptimizer) or
/// is a user's own; and as EmbedReduce.
class DistributedEmbedding final
    : public Configured<DistributedEmbedding, DistributedEmbeddingOptions,
                        LayerOf<DistributedEmbedding>>,
      public NestedValues {
 public:
  static constexpr std::string_view kName = "DistributedEmbedding";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit DistributedEmbedding(DistributedEmbeddingOptions options);

  /// Copies of the tables by the names of their configs, (V, D), in the order of their first
  /// features. Throws std::invalid_argument before build().
  std::vector<std::pair<std::string, Tensor>> get_embedding_tables() const;

  const Config& structure() const override { return *options_.structure; }
  bool takes_several() const override { return true; }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::vector<std::shared_ptr<Layer>> parts() const override;
  std::string_view name_of_part(std::size_t i) const override { return names_[i]; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(std::span<const Spec> inputs) override;

  std::vector<std::shared_ptr<EmbedReduce>> tables_;                // each once
  std::vector<std::shared_ptr<optimizers::Optimizer>> optimizers_;  // of them; null: the model's
  std::vector<std::string> names_;                                  // of them, in Keras's files
  std::vector<std::size_t> table_of_;                               // of each feature
};

}  // namespace keratin::layers
