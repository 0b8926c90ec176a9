// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/table/embedding_table.h"
#include "keratin/table/ids.h"
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

auto fields = [](auto& field, auto& o) {
  field("input_dim", o.input_dim);
  field("output_dim", o.output_dim);
  field("embeddings_initializer", o.embeddings_initializer);
  field("embeddings_regularizer", o.embeddings_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("embeddings_constraint", o.embeddings_constraint);
  field("mask_zero", o.mask_zero);
  field("input_length", o.input_length);
};

void check(const EmbeddingOptions& o) {
  if (o.input_dim <= 0)
    invalid_argument("Embedding", "input_dim must be positive. Received: ", o.input_dim);
  if (o.output_dim <= 0)
    invalid_argument("Embedding", "output_dim must be positive. Received: ", o.output_dim);
  std::int64_t elements = 0;
  if (__builtin_mul_overflow(o.input_dim, o.output_dim, &elements)) {
    invalid_argument("Embedding", "input_dim * output_dim passes 2^63. Received: ", o.input_dim,
                     " and ", o.output_dim);
  }
  if (!o.input_length.empty()) {
    for (const std::int64_t steps : o.input_length.dims) {
      if (steps != kNone && steps <= 0) {
        invalid_argument("Embedding",
                         "input_length must be positive. Received: ", o.input_length.dims);
      }
    }
  }
  if (o.rows_drawn == RowsDrawn::kOnDemand && o.weights)
    invalid_argument("Embedding",
                     "rows_drawn: rows that are given as weights cannot be drawn on demand.");
  const Shape table{o.input_dim, o.output_dim};
  if (o.weights && o.weights.shape() != table) {
    invalid_argument("Embedding", "weights must have shape ", table,
                     ". Received: ", o.weights.shape());
  }
}

bool draws_on_demand(const EmbeddingOptions& o, const initializers::Initializer& initializer) {
  if (o.rows_drawn != RowsDrawn::kAutomatic) return o.rows_drawn == RowsDrawn::kOnDemand;
  return o.input_dim > physical_memory() / 4 / static_cast<std::int64_t>(size_of(o.precision)) /
                           o.output_dim &&
         initializer.draws_parts();
}

/// What the call of this context looked up.
const table::TrainingLookup& lookup_of(const CallContext& context) {
  if (!context.lookup) invalid_argument("Embedding", "the context has lost what was looked up.");
  return *static_cast<const table::TrainingLookup*>(context.lookup.get());
}

}  // namespace

Embedding::Embedding(EmbeddingOptions options)
    : Layer({.class_name = "Embedding",
             .name = options.name,
             .trainable = options.trainable,
             .activity_regularizer = options.activity_regularizer}),
      options_(std::move(options)) {
  check(options_);
  // A copy of our own: the caller may go on writing to the one that was passed.
  if (options_.weights) options_.weights = copy_of(cast(options_.weights, DType::kFloat32));
}

EmbeddingOptions Embedding::options_from(const Config& config) {
  return options_from_config<EmbeddingOptions>(
      "Embedding", without_nulls(config, {"quantization_config"}), fields);
}

Config Embedding::get_config() const { return config_of(base_config(), options_, fields); }

Shape Embedding::compute_output_shape(const Shape& input_shape) const {
  if (!options_.input_length.empty()) {
    const Shape& steps = options_.input_length.dims;
    if (input_shape.rank() == 0 || !input_shape.from(1).is_compatible_with(steps)) {
      Shape wanted{kNone};
      for (const std::int64_t s : steps) wanted.push_back(s);
      invalid_argument("Embedding", "layer '", name(), "' has input_length ", steps,
                       ": inputs must have shape ", wanted, ". Received: ", input_shape);
    }
  }
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
  const Shape shape{options_.input_dim, options_.output_dim};
  // Keras: add_weight(initializer=None).
  const Identifier<const initializers::Initializer> initializer =
      options_.embeddings_initializer ? options_.embeddings_initializer : "glorot_uniform";
  const table::RowStorageOptions stored{.precision = options_.precision,
                                        .rounding = options_.stochastic_rounding
                                                        ? table::Rounding::kStochastic
                                                        : table::Rounding::kNearest};
  std::shared_ptr<table::RowStorage> storage;
  if (options_.weights) {
    storage = std::make_shared<table::RowStorage>(options_.weights, stored);
  } else if (draws_on_demand(options_, *initializer)) {
    storage = std::make_shared<table::RowStorage>(shape, initializer.shared(), stored);
  } else {
    storage = table::RowStorage::drawn(shape, *initializer, stored);
  }
  add_weight({.name = "embeddings",
              .shape = shape,
              .initializer = initializer,
              .regularizer = options_.embeddings_regularizer,
              .constraint = options_.embeddings_constraint,
              .storage = std::move(storage)});
  options_.weights = Tensor();
}

std::vector<std::int64_t> Embedding::chance() const {
  if (!built() || options_.precision == Precision::kFloat32 || !options_.stochastic_rounding)
    return {};
  return {static_cast<std::int64_t>(rows().round())};
}

void Embedding::take_chance(const std::vector<std::int64_t>& chance) {
  if (!chance.empty()) rows().set_round(static_cast<std::uint64_t>(chance[0]));
}

table::RowStorage& Embedding::rows() const {
  return static_cast<table::RowStorage&>(*weight(0).storage());
}

std::int64_t Embedding::rows_in_use() const { return rows().rows_in_use(); }
UsedRows Embedding::used_rows() const { return rows().used(); }
void Embedding::use_rows(const UsedRows& used) { rows().use(used); }
bool Embedding::draws_rows() const { return built() && rows().on_demand(); }

Tensor Embedding::embeddings() const {
  if (!built())
    invalid_argument("Embedding", "layer '", name(), "' is not built yet: it has no table.");
  return weight(0).value();
}

Tensor Embedding::compute_mask(const Tensor& inputs, const Tensor&) const {
  if (!options_.mask_zero) return {};
  Tensor mask = uninitialized(inputs.shape(), DType::kBool);
  const auto out = mask.data<bool>();
  visit_dtype(inputs.dtype(), [&](auto zero) {
    const auto ids = inputs.data<decltype(zero)>();
    for (std::size_t i = 0; i < ids.size(); ++i) out[i] = ids[i] != zero;
  });
  return mask;
}

void Embedding::check_inputs(const Tensor& inputs) const {
  table::check_ids(inputs, options_.input_dim, name());
}

Tensor Embedding::compute(const Tensor& inputs, CallContext& context) const {
  Tensor converted;
  const Tensor& ids = table::checked_ids(inputs, options_.input_dim, name(), converted);
  if (!context.training) return table::lookup(rows(), ids);
  auto lookup = std::make_shared<const table::TrainingLookup>(rows(), ids);
  context.lookup = lookup;
  return lookup->vectors();
}

Tensor Embedding::compute_gradient(const Tensor& output_gradient, CallContext& context) {
  Variable& table = weight(0);
  if (trainable() && table.trainable())
    table.add_gradient(lookup_of(context).gradient(output_gradient));
  return {};  // ids have no gradient
}

/// An activity regularizer wants to see the vectors. Pooling no steps is left to the layers behind,
/// which know what that is.
bool Embedding::fuses_pooling(const Shape& input_shape) const {
  return input_shape.rank() == 2 && input_shape[1] > 0 && !activity_regularizer();
}

Tensor Embedding::compute_pooled(const Tensor& inputs, Pooling pooling, MaskedSteps masked,
                                 CallContext& context) const {
  Tensor converted;
  const Tensor& ids = table::checked_ids(inputs, options_.input_dim, name(), converted);
  if (!context.training) return table::lookup_pooled(rows(), ids, pooling, masked);
  auto lookup = std::make_shared<const table::TrainingLookup>(rows(), ids);
  context.lookup = lookup;
  Tensor outputs = lookup->pooled(pooling, masked);
  if (pooling == Pooling::kMax) context.saved = {outputs};
  return outputs;
}

void Embedding::compute_pooled_gradient(const Tensor& output_gradient, Pooling pooling,
                                        MaskedSteps masked, CallContext& context) {
  Variable& table = weight(0);
  if (!trainable() || !table.trainable()) return;
  const Tensor outputs = pooling == Pooling::kMax ? context.saved[0] : Tensor();
  table.add_gradient(lookup_of(context).pooled_gradient(pooling, masked, outputs, output_gradient));
}

}  // namespace keratin::layers
