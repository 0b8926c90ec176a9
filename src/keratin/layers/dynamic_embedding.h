// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/base/precision.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/step_pooling.h"
#include "keratin/table/keys.h"

namespace keratin::table {
class KeyRows;
class RowStorage;
}  // namespace keratin::table

namespace keratin::layers {

struct DynamicEmbeddingOptions {
  std::int64_t output_dim = 0;  // D: width of a vector; must be given
  /// Draws the rows; one that can draw a row alone.
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";
  Identifier<const regularizers::Regularizer> embeddings_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> embeddings_constraint = {};
  /// The most rows, those of unknown keys among them. A number, not memory.
  std::int64_t max_tokens = std::int64_t{1} << 31;
  std::int64_t num_oov_indices = 1;                  // the first rows: those of unknown keys
  std::int64_t min_frequency = 1;                    // how often a key must come to get a row
  std::int64_t max_waiting = std::int64_t{1} << 24;  // the most keys that wait for one
  std::optional<std::string> eviction = {};          // none, "least_used" or "oldest"
  bool mask_zero = false;  // key 0, or "", is padding: it is masked for all that follows
  /// How rows are stored; arithmetic and optimizer slots are float32.
  Precision precision = Precision::kFloat32;
  /// Rows of 16 bits are rounded up or down by chance when they are trained; false: to the nearest.
  bool stochastic_rounding = true;
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Turns keys, which nobody counted before, into vectors: an Embedding whose table grows as keys
/// come (table/key_rows.h; docs/adr/0023).
///
///   input   integers of any size, or strings, of any shape; all of one kind
///   output  float32 (..., D): the row of each key; of one that has none, a row of unknown keys
///
/// A call in training counts every key, and new ones get a row, which is trained in that step.
/// Counts and rows become true when the step is taken; a step that fails leaves nothing behind.
/// Where `max_tokens` rows are there, the step trains that of unknown keys, and rows are evicted
/// behind it. Other calls, and those of a layer that is not trainable, read. Keras has no such
/// layer.
/// Its weight has the rows that are given out, (n, D), and grows; rows wider than 2048 and
/// optimizers that visit every row are refused, as where an Embedding draws rows on demand.
/// Throws std::invalid_argument for options below 1, for keys of another kind and for floats.
/// Threads: as Layer; insert(), forget() and evict() need the layer alone.
class DynamicEmbedding
    : public Configured<DynamicEmbedding, DynamicEmbeddingOptions, LayerOf<DynamicEmbedding>>,
      public PoolsRows {
 public:
  static constexpr std::string_view kName = "DynamicEmbedding";
  explicit DynamicEmbedding(DynamicEmbeddingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return options_.mask_zero; }
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool keeps_more_than_weights() const override { return true; }
  void check_inputs(const Tensor& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// With a pooling over the steps: the vectors in between are not made where no key is padding.
  std::shared_ptr<const Operation> fused_with(const Operation& next, bool masked) const override;
  Value pooled(const Inputs& inputs, Pooling pooling, bool masked, const Shape& shape,
               Pass& pass) const override;
  /// Of a table whose rows are rounded by chance, once it is built: how often they were.
  std::vector<std::int64_t> chance() const override;
  /// The rows, then which keys have them (table/key_state.h): read together, or not at all.
  std::vector<std::shared_ptr<Variable>> as_saved(
      std::vector<std::shared_ptr<Variable>> own) const override;

  /// Which key has which row. Throws std::invalid_argument before build().
  table::KeyRows& keys() const;
  /// The rows of these keys, int64 of their shape.
  Tensor find(const Tensor& keys) const;
  /// How often each came, int64 of their shape.
  Tensor times(const Tensor& keys) const;
  /// Counts them, and gives them rows, as a training call does.
  Tensor insert(const Tensor& keys);
  void forget(const Tensor& keys);
  void evict(std::int64_t count, std::string_view eviction);
  table::KeyState key_state() const;
  /// These keys have those rows, (n, D), and no other has one. Throws std::invalid_argument.
  void set_keys(const table::KeyState& state, const Tensor& rows);

 protected:
  void build_weights(const Shape& input_shape) override;

 private:
  void take_chance(const std::vector<std::int64_t>& chance) override;
  table::RowStorage& rows() const;
  const Variable* trained() const;
  /// The row of each key, as this pass has it.
  Tensor rows_of(const Tensor& keys, Pass& pass) const;

  std::shared_ptr<Variable> table_;
  std::shared_ptr<table::KeyRows> keys_;
};

}  // namespace keratin::layers
