// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/embedding_fields.h"
#include "keratin/layers/embedding_vectors.h"
#include "keratin/ops/comparisons.h"
#include "keratin/table/ids.h"
#include "keratin/table/packed_table.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/pages.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {

Config to_config(const InputLength& length) {
  if (length.empty()) return Config();
  return length.dims.rank() == 1 ? keratin::to_config(length.dims).as_list()[0]
                                 : keratin::to_config(length.dims);
}
void from_config(const Config& config, InputLength& length) {
  length.dims = Shape();
  if (!config.is_null()) keratin::from_config(config, length.dims);
}

namespace {

void check_quantized(std::string_view who, const EmbeddingOptions& o) {
  if (!o.dtype.mode) return;
  check_source(who, o.dtype);
  if (o.weights || !o.storage.empty() || o.rows_drawn == RowsDrawn::kOnDemand ||
      o.precision != Precision::kFloat32) {
    invalid_argument(who,
                     "weights, storage, rows_drawn and precision are of a table of floats, which "
                     "one of dtype '",
                     o.dtype.name(), "' is not: quantize it once it is built.");
  }
}

/// How the rows of a table of floats are stored.
Precision stored_precision(const EmbeddingOptions& o) {
  return o.precision == Precision::kFloat32 ? o.dtype.variable_precision() : o.precision;
}

const EmbeddingOptions& checked(std::string_view who, const EmbeddingOptions& o) {
  if (o.input_dim <= 0)
    invalid_argument(who, "input_dim must be positive. Received: ", o.input_dim);
  if (o.output_dim <= 0)
    invalid_argument(who, "output_dim must be positive. Received: ", o.output_dim);
  std::int64_t elements = 0;
  if (__builtin_mul_overflow(o.input_dim, o.output_dim, &elements)) {
    invalid_argument(who, "input_dim * output_dim passes 2^63. Received: ", o.input_dim, " and ",
                     o.output_dim);
  }
  if (!o.input_length.empty()) {
    for (const std::int64_t steps : o.input_length.dims) {
      if (steps != kNone && steps <= 0) {
        invalid_argument(who, "input_length must be positive. Received: ", o.input_length.dims);
      }
    }
  }
  check_kinds(who, kinds_in(o));
  if (o.lora_rank) check_lora(who, o, *o.lora_rank);
  check_quantized(who, o);
  if (o.rows_drawn == RowsDrawn::kOnDemand && o.weights)
    invalid_argument(who, "rows_drawn: rows that are given as weights cannot be drawn on demand.");
  if (o.rows_drawn == RowsDrawn::kOnDemand && !o.storage.empty())
    invalid_argument(who, "rows_drawn: the rows of a storage cannot be drawn on demand.");
  const Shape table{o.input_dim, o.output_dim};
  if (o.weights && o.weights.shape() != table) {
    invalid_argument(who, "weights must have shape ", table, ". Received: ", o.weights.shape());
  }
  return o;
}

bool draws_on_demand(const EmbeddingOptions& o, const initializers::Initializer& initializer) {
  if (o.rows_drawn != RowsDrawn::kAutomatic) return o.rows_drawn == RowsDrawn::kOnDemand;
  return o.input_dim > physical_memory() / 4 /
                           static_cast<std::int64_t>(size_of(stored_precision(o))) / o.output_dim &&
         initializer.draws_parts();
}

}  // namespace

template <class F>
void fields(F& f, EmbeddingOptions& o) {
  common_fields(f, o);
  table_fields(f, o);
  f("input_length", o.input_length);
  kind_fields(f, o);
}

// Keras: what is refused uses up no automatic name.
Embedding::Embedding(EmbeddingOptions options) : Embedding(kName, std::move(options)) {}

Embedding::Embedding(std::string_view class_name, EmbeddingOptions options)
    : Configured(options, base_options(class_name, checked(class_name, options))) {
  // A copy of our own: the caller may go on writing to the one that was passed.
  if (options_.lora_rank && !options_.lora_alpha)
    options_.lora_alpha = static_cast<double>(*options_.lora_rank);
  if (options_.weights) options_.weights = copy_of(cast(options_.weights, DType::kFloat32));
}

void Embedding::check_length(const Shape& shape) const {
  if (options_.input_length.empty()) return;
  const Shape& steps = options_.input_length.dims;
  bool fits = shape.rank() == steps.rank() + 1;
  for (std::size_t i = 0; fits && i < steps.rank(); ++i)
    fits = shape[i + 1] == steps[i] || shape[i + 1] == kNone || steps[i] == kNone;
  if (fits) return;
  Shape wanted{kNone};
  for (const std::int64_t s : steps) wanted.push_back(s);
  invalid_argument(class_name(), "layer '", name(), "' has input_length ", steps,
                   ": inputs must have shape ", wanted, ". Received: ", shape);
}

Shape Embedding::compute_output_shape(const Shape& input_shape) const {
  check_length(input_shape);
  Shape shape = input_shape;
  if (!options_.input_length.empty()) {  // a known length says what the shape leaves open
    for (std::size_t i = 0; i < options_.input_length.dims.rank(); ++i) {
      if (shape[i + 1] == kNone) shape[i + 1] = options_.input_length.dims[i];
    }
  }
  shape.push_back(options_.output_dim);
  return shape;
}

std::optional<Shape> Embedding::input_shape_from_options() const {
  if (options_.input_length.empty()) return std::nullopt;
  Shape shape{kNone};
  for (const std::int64_t steps : options_.input_length.dims) shape.push_back(steps);
  return shape;
}

void Embedding::build_weights(const Shape&) {
  try {
    if (const auto how = quantization()) {
      add_packed(table::packed_zeros(options_.input_dim, options_.output_dim, *how));
    } else {
      build_rows();
    }
    make_vectors();
    if (options_.lora_rank) add_lora(*options_.lora_rank, "he_uniform", "zeros");
  } catch (...) {
    forget_weights();
    throw;
  }
}

void Embedding::forget_weights() {
  table_ = lora_a_ = lora_b_ = nullptr;
  packed_ = nullptr;
  vectors_ = nullptr;
}

void Embedding::build_rows() {
  const Shape shape{options_.input_dim, options_.output_dim};
  // Keras: add_weight(initializer=None).
  const Identifier<const initializers::Initializer> initializer =
      options_.embeddings_initializer ? options_.embeddings_initializer : "glorot_uniform";
  const table::RowStorageOptions stored{.precision = stored_precision(options_),
                                        .rounding = options_.stochastic_rounding
                                                        ? table::Rounding::kStochastic
                                                        : table::Rounding::kNearest};
  std::shared_ptr<table::RowStorage> storage;
  if (!options_.storage.empty()) {
    storage =
        table::RowStorage::in_file(options_.storage, shape, *initializer, options_.weights, stored);
  } else if (options_.weights) {
    storage = std::make_shared<table::RowStorage>(options_.weights, stored);
  } else if (Undrawn::is_on()) {
    storage = table::RowStorage::undrawn(shape, stored);
  } else if (draws_on_demand(options_, *initializer)) {
    storage = std::make_shared<table::RowStorage>(shape, initializer.shared(), stored);
  } else {
    storage = table::RowStorage::drawn(shape, *initializer, stored);
  }
  table_ = add_weight({.name = "embeddings",
                       .shape = shape,
                       .initializer = initializer,
                       .regularizer = options_.embeddings_regularizer,
                       .constraint = options_.embeddings_constraint,
                       .storage = std::move(storage)})
               .shared_from_this();
  options_.weights = Tensor();
}

std::vector<std::int64_t> Embedding::chance() const {
  if (!built() || is_quantized() || rows().precision() == Precision::kFloat32 ||
      !options_.stochastic_rounding)
    return {};
  return {static_cast<std::int64_t>(rows().round())};
}

void Embedding::take_chance(const std::vector<std::int64_t>& chance) {
  if (!chance.empty()) rows().set_round(static_cast<std::uint64_t>(chance[0]));
}

table::RowStorage& Embedding::rows() const {
  if (!table_) {
    invalid_argument(
        class_name(), "layer '", name(), "' ",
        built() ? "is quantized: it has no rows of floats." : "is not built yet: it has no table.");
  }
  return static_cast<table::RowStorage&>(*table_->storage());
}

std::int64_t Embedding::rows_in_use() const {
  return is_quantized() ? options_.input_dim : rows().rows_in_use();
}
UsedRows Embedding::used_rows() const { return rows().used(); }
void Embedding::use_rows(const UsedRows& used) { rows().use(used); }
bool Embedding::draws_rows() const { return built() && !is_quantized() && rows().on_demand(); }

void Embedding::flush() {
  if (options_.storage.empty() || !built()) {
    invalid_argument(class_name(), "layer '", name(), "' ",
                     built() ? "has no storage" : "is not built yet",
                     ": there is nothing to flush.");
  }
  rows().flush();
}

Tensor Embedding::embeddings() const {
  if (!is_quantized() && !lora_enabled()) {
    rows();  // says where there are none
    return table_->value();
  }
  return combined();
}

Values Embedding::compute_mask(const Inputs& inputs) const {
  if (!options_.mask_zero) return {};
  return ops::not_equal(inputs[0].constant(), Tensor::zeros({}, inputs[0].dtype()));
}

void Embedding::check_inputs(const Tensor& inputs) const {
  table::check_ids(inputs, options_.input_dim, {class_name(), name()});
}

void Embedding::check_call(const Inputs& inputs) const { check_length(inputs[0].shape()); }

Values Embedding::call(const Inputs& inputs, Pass& pass) const {
  Tensor converted;
  const Tensor& ids =
      table::checked_ids(inputs[0].tensor(), options_.input_dim, {class_name(), name()}, converted);
  return vectors().look_up(ids, trainable(), pass);
}

Value Embedding::pooled(const Inputs& inputs, Pooling pooling, bool masked, const Shape& shape,
                        Pass& pass) const {
  Tensor converted;
  const Tensor& ids =
      table::checked_ids(inputs[0].tensor(), options_.input_dim, {class_name(), name()}, converted);
  return vectors().look_up_pooled(ids, pooling,
                                  masked ? masked_steps(pass.mask_policy) : MaskedSteps::kNone,
                                  shape, trainable(), pass);
}

std::shared_ptr<const Operation> Embedding::fused_with(const Operation& next, bool masked) const {
  return pooled_lookup(std::static_pointer_cast<const Layer>(shared_from_this()), next, masked);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Embedding, layers::EmbeddingOptions,
                          layers::LayerOf<layers::Embedding>>;
}  // namespace keratin
