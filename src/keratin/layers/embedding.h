// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/base/precision.h"
#include "keratin/base/quantization.h"
#include "keratin/layers/kinds.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/step_pooling.h"
#include "keratin/tensor/sparse_rows.h"

namespace keratin::table {
class RowStorage;
class Table;
class PackedTable;
struct PackedWeights;
}  // namespace keratin::table

namespace keratin::layers {

class EmbeddingVectors;

/// `input_length`: a number of steps, or a tuple for inputs of higher rank (kNone: any).
/// `= 10`, `= {10}`, `= {3, kt::kNone}`.
struct InputLength {
  InputLength() = default;
  InputLength(std::int64_t steps) : dims{steps} {}
  InputLength(std::initializer_list<std::int64_t> steps) : dims(steps) {}
  InputLength(Shape steps) : dims(std::move(steps)) {}
  bool empty() const { return dims.rank() == 0; }
  Shape dims;
};

/// When the rows of a table are drawn: all when it is built, or each when a training step first
/// touches it, so that memory follows the rows in use. kAutomatic: on demand where all of them
/// would take more than a quarter of the machine's memory.
enum class RowsDrawn { kAutomatic, kAtOnce, kOnDemand };

/// In the order of the Keras 2 constructor, then what Keras 3 added.
struct EmbeddingOptions {
  std::int64_t input_dim = 0;   // V: size of the vocabulary, largest id + 1; must be given
  std::int64_t output_dim = 0;  // D: width of a vector; must be given
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";
  Identifier<const regularizers::Regularizer> embeddings_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> embeddings_constraint = {};
  bool mask_zero = false;         // id 0 is padding: it is masked for all that follows
  InputLength input_length = {};  // {}: any
  Tensor weights = {};            // (V, D): the first values, in place of the initializer's
  std::optional<std::string> name = {};
  bool trainable = true;
  /// The types of the table and of the vectors: Keras's name of a policy. "bfloat16" and "float16"
  /// store rows in 16 bits and round the vectors to them, "mixed_bfloat16" and "mixed_float16" only
  /// the vectors, which stay float32 tensors; "int8_from_float32" and "int4/128_from_float32" make
  /// a quantized table, of zeros, for a file to fill. quantize() changes it.
  DTypePolicy dtype = {};
  /// The rank of a LoRA update: the layer is built with enable_lora().
  std::optional<std::int64_t> lora_rank = {};
  std::optional<double> lora_alpha = {};  // null: lora_rank
  /// Of a quantized dtype, in place of what its name says.
  std::optional<QuantizationConfig> quantization_config = {};
  /// Ours: when a row is drawn. Values are the same either way.
  RowsDrawn rows_drawn = RowsDrawn::kAutomatic;
  /// Ours: how rows are stored; arithmetic and optimizer slots are float32. Half the memory and
  /// half the bytes that a lookup moves. Not part of the config.
  Precision precision = Precision::kFloat32;
  /// Ours: rows of 16 bits are rounded up or down by chance when they are trained, so that steps
  /// below their precision count on average. False: to the nearest, and such steps are lost.
  bool stochastic_rounding = true;
  /// Ours: the path of a file in which the rows and their optimizer slots live, for tables larger
  /// than memory (docs/guides/file-backed-tables.md). A file that is there is gone on with, as it
  /// was at the last flush(). Not part of the config: copies are in memory. "": in memory.
  std::string storage = {};
};

/// Turns ids into vectors.
///
///   input   ids (B, T), or of any rank, of any integer type
///   output  float32 (B, T, D): row `id` of the table for every id
///
/// Without input_length the layer takes any shape; with it, a Sequential is built at once and
/// `output_shape()` is known, and inputs of another length are an error.
/// Errors: std::out_of_range for an id outside [0, V), std::invalid_argument for ids that are not
/// integral or whose shape input_length does not allow; both before anything is computed.
class Embedding : public Configured<Embedding, EmbeddingOptions, LayerOf<Embedding>>,
                  public PoolsRows {
 public:
  static constexpr std::string_view kName = "Embedding";
  explicit Embedding(EmbeddingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  /// ids != 0 where mask_zero; else null.
  Values compute_mask(const Inputs& inputs) const override;
  bool supports_masking() const override { return options_.mask_zero; }
  std::optional<Shape> input_shape_from_options() const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;

  void check_inputs(const Tensor& inputs) const override;
  /// With a pooling over the steps: the vectors in between are not made.
  std::shared_ptr<const Operation> fused_with(const Operation& next, bool masked) const override;
  Value pooled(const Inputs& inputs, Pooling pooling, bool masked, const Shape& shape,
               Pass& pass) const override;

  std::int64_t input_dim() const { return options_.input_dim; }
  std::int64_t output_dim() const { return options_.output_dim; }
  /// The rows that lookups give, (V, D), before they are rounded to the dtype: a copy of a table
  /// that is quantized or has a LoRA update; else a handle that shares the layer's memory where
  /// float32 rows lie together there, good until the next training step; else a copy. Throws
  /// std::invalid_argument before build(), OutOfMemory where the rows are drawn on demand and all
  /// of them do not fit.
  Tensor embeddings() const;
  /// Quantizes the table: its rows become codes (table/packed_table.h), which lookups and poolings
  /// read as they lie, and which are not trained. The weights are then, behind those of a LoRA
  /// update, Keras's: embeddings (int8), embeddings_scale and, of grouped int4, embeddings_zero
  /// (int8) and g_idx. Regularizer, constraint, storage and precision are those of the table that
  /// is gone. Needs the layer alone. Throws std::invalid_argument, and changes nothing, for a layer
  /// that is not built or is quantized, and as table::pack(); int8 under a dtype that computes in
  /// float16, as in Keras.
  void quantize(const QuantizationConfig& config) override;
  bool is_quantized() const override { return packed_ != nullptr; }
  std::string dtype() const override { return options_.dtype.name(); }
  /// Freezes the table and adds to what a lookup gives lora_alpha / rank times
  /// lora_embeddings_a[ids] @ lora_embeddings_b, two weights (V, rank) and (rank, D), which are
  /// trained in its place at the cost of the rows touched. A file gets the table with the update in
  /// it. Needs the layer alone. Throws std::invalid_argument, and changes nothing, for a layer that
  /// is not built, has a LoRA update or a constraint, and for a rank outside [1, D].
  void enable_lora(std::int64_t rank, std::optional<double> lora_alpha = {},
                   Identifier<const initializers::Initializer> a_initializer = "he_uniform",
                   Identifier<const initializers::Initializer> b_initializer = "zeros");
  bool lora_enabled() const { return lora_a_ != nullptr; }
  Kinds kinds() const { return kinds_in(options_); }
  /// Of a quantized table what stands for its numbers, an int8 an element: (V, D).
  Tensor codes() const;
  std::vector<std::shared_ptr<Variable>> as_saved(
      std::vector<std::shared_ptr<Variable>> own) const override;
  /// The rows that lookups give, before they are rounded to the dtype. Throws
  /// std::invalid_argument before build().
  std::shared_ptr<const table::Table> table() const;
  /// Rows that take up memory: V where they are drawn at once.
  std::int64_t rows_in_use() const;
  /// The rows in use of a table whose rows are drawn on demand, and those brought into use in a
  /// copy of it that has none, in their order. Both after build(). use_rows throws
  /// std::invalid_argument for another table, a table with rows in use and a wrong shape,
  /// std::out_of_range for an id; then nothing has changed.
  UsedRows used_rows() const;
  void use_rows(const UsedRows& rows);
  /// With a storage: the rows and their slots, as they are now, become what is found in the file
  /// from now on, whatever happens to this process; until then that is what the last call left.
  /// Rows that an optimizer owes steps to are brought up to date, which reads and writes the file.
  /// Throws std::invalid_argument where there is no storage, or the layer is not built, FileError.
  void flush();
  /// Whether it has a table whose rows are drawn on demand. False before build().
  bool draws_rows() const;
  /// Of a table whose rows are rounded by chance, once it is built: how often they were.
  std::vector<std::int64_t> chance() const override;

 protected:
  /// Of a class that is a table and more.
  Embedding(std::string_view class_name, EmbeddingOptions options);
  void build_weights(const Shape& input_shape) override;
  void check_call(const Inputs& inputs) const override;
  /// After a build that failed.
  void forget_weights();
  /// How the table is packed; null for one of floats.
  std::optional<QuantizationConfig> quantization() const;
  /// The table without a LoRA update.
  std::shared_ptr<const table::Table> own_table() const;
  const table::PackedTable* packed() const { return packed_.get(); }
  /// The update, where there is one: `times` left[ids] @ right.
  struct LowRank {
    const Variable &left, &right;
    float times;
  };
  LowRank update() const;
  /// x (..., D) by the table turned round, with its update: (..., V).
  Value by_rows(const Value& x, Pass& pass) const;

 private:
  void take_chance(const std::vector<std::int64_t>& chance) override;
  void check_length(const Shape& shape) const;
  /// Throws std::invalid_argument before build().
  const EmbeddingVectors& vectors() const;
  /// The rows that can be trained; throws std::invalid_argument where they are quantized.
  table::RowStorage& rows() const;
  void build_rows();
  void add_packed(table::PackedWeights packed);
  void add_lora(std::int64_t rank, const Identifier<const initializers::Initializer>& a,
                const Identifier<const initializers::Initializer>& b);
  /// What embeddings() gives where that is no weight.
  Tensor combined() const;
  void make_vectors();

  std::shared_ptr<Variable> table_;                   // its rows, or
  std::shared_ptr<const table::PackedTable> packed_;  // its codes
  std::shared_ptr<Variable> lora_a_, lora_b_;         // null: no update
  std::shared_ptr<const EmbeddingVectors> vectors_;   // of all of these; null before build()
};

}  // namespace keratin::layers

extern template class keratin::Configured<keratin::layers::Embedding,
                                          keratin::layers::EmbeddingOptions,
                                          keratin::layers::LayerOf<keratin::layers::Embedding>>;
