// SPDX-License-Identifier: Apache-2.0
// Of layers/embedding: what its table becomes, quantized or with a LoRA update, and what of that
// stands in files.
#include <functional>
#include <numeric>
#include <tuple>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/embedding_vectors.h"
#include "keratin/layers/packed_kernel.h"
#include "keratin/layers/saved_weight.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/shapes.h"
#include "keratin/table/low_rank_table.h"
#include "keratin/table/packed_table.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

Tensor all_rows(const table::Table& table) {
  Tensor rows = uninitialized({table.rows(), table.width()});
  std::vector<std::int64_t> ids(static_cast<std::size_t>(table.rows()));
  std::iota(ids.begin(), ids.end(), 0);
  table.read(ids.data(), table.rows(), rows.data<float>().data());
  return rows;
}

}  // namespace

void check_lora(std::string_view who, const EmbeddingOptions& o, std::int64_t rank) {
  if (o.embeddings_constraint) {
    invalid_argument(who,
                     "Lora is incompatible with embedding constraints: a step moves the update, "
                     "and the table stands still.");
  }
  if (rank < 1 || rank > o.output_dim) {
    invalid_argument(who, "lora_rank must be from 1 to output_dim, ", o.output_dim,
                     ". Received: ", rank);
  }
}

void check_source(std::string_view who, const DTypePolicy& policy) {
  if (*policy.mode == "int8" && policy.compute_precision() == Precision::kFloat16) {
    invalid_argument(who, "Quantization mode='int8' doesn't work well with ",
                     "compute_dtype='float16'. Received: dtype '", policy.name(), "'");
  }
  if (policy.variable_precision() != Precision::kFloat32) {
    invalid_argument(who, "the scales of a quantized table are float32. Received: dtype '",
                     policy.name(), "'");
  }
}

std::optional<QuantizationConfig> Embedding::quantization() const {
  return options_.quantization_config ? options_.quantization_config
                                      : options_.dtype.quantization();
}

void Embedding::add_packed(table::PackedWeights packed) {
  const auto add = [this](std::string_view name, const Tensor& value) {
    if (value)
      add_weight({.name = name,
                  .shape = value.shape(),
                  .initializer = {},
                  .trainable = false,
                  .value = value})
          .fix();
  };
  add("embeddings", packed.codes);
  add("embeddings_scale", packed.scale);
  add("embeddings_zero", packed.zero);
  add("g_idx", packed.groups);
  packed_ = std::make_shared<const table::PackedTable>(std::move(packed));
}

std::shared_ptr<const table::Table> Embedding::own_table() const {
  if (packed_) return packed_;
  return std::dynamic_pointer_cast<const table::Table>(table_->storage());
}

Embedding::LowRank Embedding::update() const {
  const auto rank = static_cast<double>(*options_.lora_rank);
  return {*lora_a_, *lora_b_, static_cast<float>(options_.lora_alpha.value_or(rank) / rank)};
}

void Embedding::make_vectors() {
  vectors_ = vectors_of(own_table(), table_);
  if (lora_enabled())
    vectors_ = with_low_rank(std::move(vectors_), lora_a_, lora_b_, update().times);
  // Keras: what a quantized table gives is of the type of its scales.
  const Precision precision = options_.dtype.compute_precision();
  const bool as_stored = packed_ ? true : rows().precision() == precision;
  if (precision != Precision::kFloat32 && (lora_enabled() || !as_stored))
    vectors_ = rounded(std::move(vectors_), precision);
}

void Embedding::quantize(const QuantizationConfig& config) {
  check_takes_codes(*this, config);
  const DTypePolicy policy = options_.dtype.quantized(config);
  check_source(class_name(), policy);
  table::PackedWeights packed = table::pack(rows(), config);
  remove_weight(*table_);
  table_ = nullptr;
  add_packed(std::move(packed));
  options_.dtype = policy;
  options_.quantization_config = config;
  options_.rows_drawn = RowsDrawn::kAutomatic;
  options_.precision = Precision::kFloat32;
  options_.storage.clear();
  make_vectors();
}

void Embedding::add_lora(std::int64_t rank, const Identifier<const initializers::Initializer>& a,
                         const Identifier<const initializers::Initializer>& b) {
  const Shape left{options_.input_dim, rank}, right{rank, options_.output_dim};
  auto storage = Undrawn::is_on() ? table::RowStorage::undrawn(left, {})
                                  : table::RowStorage::drawn(left, *a, {});
  const auto add = [this](std::shared_ptr<Variable> weight) {
    weight->regularizer = options_.embeddings_regularizer.shared();
    add_weight(weight);
    return weight;
  };
  auto lora_b = std::make_shared<Variable>(
      str(path(), "/lora_embeddings_b"),
      first_values({.name = "lora_embeddings_b", .shape = right, .initializer = b}));
  lora_a_ = add(std::make_shared<Variable>(str(path(), "/lora_embeddings_a"), std::move(storage)));
  lora_b_ = add(std::move(lora_b));
  if (table_) table_->set_trainable(false);
  make_vectors();
}

void Embedding::enable_lora(std::int64_t rank, std::optional<double> lora_alpha,
                            Identifier<const initializers::Initializer> a_initializer,
                            Identifier<const initializers::Initializer> b_initializer) {
  check_lora(class_name(), options_, rank);  // Keras: constraints come before all else
  check_takes_lora(*this, lora_enabled());
  const auto before = std::pair(options_.lora_rank, options_.lora_alpha);
  options_.lora_rank = rank;
  options_.lora_alpha = lora_alpha.value_or(static_cast<double>(rank));
  try {
    add_lora(rank, a_initializer ? a_initializer : "glorot_uniform",
             b_initializer ? b_initializer : "glorot_uniform");
  } catch (...) {
    std::tie(options_.lora_rank, options_.lora_alpha) = before;
    throw;
  }
}

const EmbeddingVectors& Embedding::vectors() const {
  if (!vectors_)
    invalid_argument(class_name(), "layer '", name(), "' is not built yet: it has no table.");
  return *vectors_;
}

std::shared_ptr<const table::Table> Embedding::table() const { return vectors().table(); }

Value Embedding::by_rows(const Value& x, Pass& pass) const {
  const auto value_of = [&](const Variable& weight) {
    return trainable() ? pass.value(weight) : pass.constant(weight);
  };
  const auto codes = [packed = packed_](std::int64_t first, std::int64_t count) {
    return some_rows(packed->weights(), first, count);
  };
  const Value own = packed_ ? packed_product_with_rows(x, packed_->rows(), codes,
                                                       quantization()->activation_quantizer)
                            : ops::matmul(x, ops::transpose(value_of(*table_)));
  if (!lora_enabled()) return own;
  const LowRank of = update();
  const Value product = ops::matmul(ops::matmul(x, ops::transpose(value_of(of.right))),
                                    ops::transpose(value_of(of.left)));
  return ops::add(own, ops::multiply(product, ops::number(of.times)));
}

Tensor Embedding::combined() const { return all_rows(*table()); }

Tensor Embedding::codes() const {
  if (!is_quantized())
    invalid_argument(class_name(), "layer '", name(), "' is not quantized: it has no codes.");
  return table::unpacked(packed_->weights());
}

std::vector<std::shared_ptr<Variable>> Embedding::as_saved(
    std::vector<std::shared_ptr<Variable>> own) const {
  if (!lora_enabled()) return own;
  const std::function<void()> was_read = without_update(lora_a_, lora_b_);
  // Of all that is saved of it, once.
  const auto merged = [table = table(), how = quantization(),
                       made = std::make_shared<std::optional<table::PackedWeights>>()]()
      -> const table::PackedWeights& {
    if (!*made) *made = table::pack(*table, *how);
    return **made;
  };
  std::vector<std::shared_ptr<Variable>> saved;
  for (const auto& weight : own) {
    if (weight == lora_a_ || weight == lora_b_) continue;
    std::function<Tensor()> value;
    const std::string name = weight->name();
    if (weight == table_) {
      value = [table = table()] { return all_rows(*table); };
    } else if (name == "embeddings") {
      value = [merged] { return merged().codes; };
    } else if (name == "embeddings_scale") {
      value = [merged] { return merged().scale; };
    } else if (name == "embeddings_zero") {
      value = [merged] { return merged().zero; };
    } else {
      value = [weight] { return weight->value(); };
    }
    saved.push_back(in_file(weight, std::move(value), was_read));
  }
  return saved;
}

}  // namespace keratin::layers
