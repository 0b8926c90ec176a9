// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/base/pooling.h"
#include "keratin/base/precision.h"
#include "keratin/layers/embedding.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/tensor/sparse_rows.h"

namespace keratin::embedding {

/// Numbers of rows, int32 or int64, in the caller's memory.
class Ids {
 public:
  Ids(std::span<const std::int32_t> ids) : data_(ids.data()), size_(ids.size()), wide_(false) {}
  Ids(std::span<const std::int64_t> ids) : data_(ids.data()), size_(ids.size()), wide_(true) {}
  Ids(const std::vector<std::int32_t>& ids) : Ids(std::span(ids)) {}
  Ids(const std::vector<std::int64_t>& ids) : Ids(std::span(ids)) {}

  std::int64_t size() const { return static_cast<std::int64_t>(size_); }
  /// Calls body(span) with the ids as they are.
  template <class Body>
  decltype(auto) visit(Body&& body) const {
    if (wide_) return body(std::span(static_cast<const std::int64_t*>(data_), size_));
    return body(std::span(static_cast<const std::int32_t*>(data_), size_));
  }

 private:
  const void* data_;
  std::size_t size_;
  bool wide_;
};

/// Bags of ids, of any length: bag b has ids[offsets[b]] ... ids[offsets[b + 1] - 1]. `offsets` has
/// one entry more than there are bags; it begins with 0, does not decrease, and ends with the
/// number of ids. `weights`, one an id or none, are what rows are multiplied by in a sum; a mean
/// and a maximum take none.
struct Bags {
  Ids ids;
  std::span<const std::int64_t> offsets;
  std::span<const float> weights = {};
  Pooling pooling = Pooling::kSum;
};

/// Names and meanings are those of the Embedding layer (layers/embedding.h).
struct EmbeddingTableOptions {
  std::int64_t input_dim = 0;   // V: number of rows; must be given
  std::int64_t output_dim = 0;  // D: width of a row; must be given
  /// Seeds are the initializer's own: `initializers::RandomUniform({.seed = 7})`.
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";
  Identifier<const regularizers::Regularizer> embeddings_regularizer = {};
  Identifier<const constraints::Constraint> embeddings_constraint = {};
  Tensor weights = {};  // (V, D): the first values, copied
  /// (V, D) float32, with the first values in it: the rows lie there. A view (Tensor::view) must
  /// outlive the table. Between a step and weights() or set_weights() some rows in it may be those
  /// of an earlier step, and nobody else may write to it.
  Tensor memory = {};
  std::string name = "embedding";  // of the variable: "embedding/embeddings"; and in errors
  layers::RowsDrawn rows_drawn = layers::RowsDrawn::kAutomatic;
  Precision precision = Precision::kFloat32;
  bool stochastic_rounding = true;
  std::string storage = {};  // the path of a file in which rows and slots live; "": in memory
};

struct StepOptions {
  /// The optimizer's learning rate from this step on, where somebody else has the schedule.
  std::optional<double> learning_rate = {};
  float gradient_scale = 1;  // what gradients are multiplied by
};

/// A (V, D) table whose rows are looked up, and trained by any optimizer at the cost of the rows
/// that a step touches, with the numbers of a step on all rows (docs/guides/deferred-updates.md).
///
///   EmbeddingTable table({.input_dim = 10'000'000, .output_dim = 64});
///   optimizers::Adam adam;
///   table.lookup(ids, out);            // out: (n, 64), the caller's
///   table.step(ids, gradient, adam);   // gradient: (n, 64), that of what was looked up
///
/// An id that comes several times gets the sum of its gradients. One optimizer is for one table
/// (Optimizer::build takes several at once, and Optimizer::apply steps them together, by
/// variable()). Another optimizer begins with slots of its own.
///
/// Errors: std::out_of_range for an id outside [0, V); std::invalid_argument for spans whose sizes
/// do not fit, offsets that decrease or do not end with the ids, and what the optimizer refuses.
/// They come before anything has changed, but for what a constraint throws, which comes at the end
/// of the step.
///
/// Threads: the const functions may be called by any number of threads at a time. The others need
/// the table alone: while one of them runs no other call may. After a fork the child may go on.
class EmbeddingTable {
 public:
  using Optimizer = optimizers::Optimizer;

  /// Throws as the layer, and std::invalid_argument for `memory` beside `weights`, a storage, a
  /// precision or rows on demand, or that cannot be written to.
  explicit EmbeddingTable(EmbeddingTableOptions options);

  std::int64_t input_dim() const { return layer_->input_dim(); }
  std::int64_t output_dim() const { return layer_->output_dim(); }
  const std::string& name() const { return name_; }
  /// For Optimizer::build() and apply().
  Variable& variable() const { return *variable_; }

  // -- reading -----------------------------------------------------------------------------------

  /// out (n, D): the rows as they are now. Allocates nothing, where the rows are not drawn on
  /// demand or are in use.
  void lookup(const Ids& ids, std::span<float> out) const;
  /// out (bags, D): the rows of each bag as one; 0 of an empty bag.
  void lookup_pooled(const Bags& bags, std::span<float> out) const;
  /// All rows as they are now, (V, D): shares the memory of float32 rows that lie together, and is
  /// good until the next step; else a copy.
  Tensor weights() const { return layer_->embeddings(); }

  // -- gradients ---------------------------------------------------------------------------------

  /// The gradient of the table from that of what lookup() gave, (n, D): each id once.
  SparseRows gradient(const Ids& ids, std::span<const float> gradient) const;
  /// From that of what lookup_pooled() gave, (bags, D). Rows of a bag that equal its maximum get
  /// equal parts. Of a maximum the rows must be as they were when they were looked up.
  SparseRows pooled_gradient(const Bags& bags, std::span<const float> gradient) const;
  /// The sum of the squares, in double: what this table adds to the square of a norm over several
  /// weights.
  static double squared_norm(const SparseRows& gradient);

  // -- changes -----------------------------------------------------------------------------------

  /// One step of the optimizer, which is built for this table if it is not yet. A gradient without
  /// rows is a step too, of gradient zero. What is NaN or infinite in a gradient goes where the
  /// optimizer's formula takes it.
  void step(SparseRows gradient, Optimizer& optimizer, const StepOptions& options = {});
  void step(const Ids& ids, std::span<const float> gradient, Optimizer& optimizer,
            const StepOptions& options = {}) {
    step(this->gradient(ids, gradient), optimizer, options);
  }
  void step_pooled(const Bags& bags, std::span<const float> gradient, Optimizer& optimizer,
                   const StepOptions& options = {}) {
    step(pooled_gradient(bags, gradient), optimizer, options);
  }
  /// Writes these rows, (n, D); of an id that comes several times the last. Optimizers' slots stay.
  void assign(const Ids& ids, std::span<const float> rows);
  /// Writes all rows, (V, D).
  void set_weights(const Tensor& weights) { variable_->assign(weights); }
  /// With a storage: the file has the rows and slots as they are now, whatever happens to this
  /// process. Throws std::invalid_argument without one, FileError.
  void flush() { layer_->flush(); }

  /// Of rows that are drawn on demand: as Embedding::rows_in_use(), used_rows() and use_rows().
  std::int64_t rows_in_use() const { return layer_->rows_in_use(); }
  UsedRows used_rows() const { return layer_->used_rows(); }
  void use_rows(const UsedRows& rows) { layer_->use_rows(rows); }
  bool draws_rows() const { return layer_->draws_rows(); }
  /// What has the rows.
  std::shared_ptr<const layers::Embedding> layer() const { return layer_; }

 private:
  void check_ids(const Ids& ids) const;
  void check_size(const char* what, std::size_t received, std::int64_t rows) const;
  std::int64_t check_bags(const Bags& bags) const;

  std::string name_;
  std::shared_ptr<layers::Embedding> layer_;
  std::shared_ptr<Variable> variable_;
};

}  // namespace keratin::embedding
