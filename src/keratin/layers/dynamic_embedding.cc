// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/dynamic_embedding.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/quantization.h"
#include "keratin/graph/op.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/nn/lookup.h"
#include "keratin/table/key_rows.h"
#include "keratin/table/key_state.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr const char* kDynamicEmbedding = "DynamicEmbedding";

table::Eviction dynamic_eviction(std::string_view name) {
  if (const auto known = table::eviction_named(name)) return *known;
  invalid_argument(kDynamicEmbedding, "eviction must be 'least_used' or 'oldest'. Received: '",
                   name.substr(0, 200), "'");
}

table::KeyRowsOptions key_options(const DynamicEmbeddingOptions& o) {
  return {.num_oov_indices = o.num_oov_indices,
          .min_frequency = o.min_frequency,
          .max_waiting = o.max_waiting,
          .eviction = o.eviction ? dynamic_eviction(*o.eviction) : table::Eviction::kNone};
}

const DynamicEmbeddingOptions& checked_dynamic(const DynamicEmbeddingOptions& o) {
  if (o.output_dim <= 0)
    invalid_argument(kDynamicEmbedding, "output_dim must be positive. Received: ", o.output_dim);
  table::check(kDynamicEmbedding, key_options(o), o.max_tokens);
  std::int64_t numbers = 0;
  if (__builtin_mul_overflow(o.max_tokens, o.output_dim, &numbers)) {
    invalid_argument(kDynamicEmbedding,
                     "max_tokens * output_dim passes 2^63. Received: ", o.max_tokens, " and ",
                     o.output_dim);
  }
  return o;
}

/// Integers as int64, or strings.
Tensor as_keys(const Tensor& keys, const Layer& layer) {
  const DType dtype = keys.dtype();
  if (dtype == DType::kString || dtype == DType::kInt64) return keys;
  if (is_floating(dtype) || dtype == DType::kBool) {
    invalid_argument(kDynamicEmbedding, "layer '", layer.name(),
                     "': keys must be integers or strings (an Input says so by dtype: without it, "
                     "it is of float32). Received: ",
                     to_string(dtype));
  }
  return cast(keys, DType::kInt64);  // of uint64 the same bits: no two keys become one
}

template <class Body>
auto with_keys(const Tensor& keys, const Layer& layer, Body body) {
  const Tensor known = as_keys(keys, layer);
  if (known.dtype() == DType::kString) return body(table::Keys(known.data<std::string_view>()));
  return body(table::Keys(known.data<std::int64_t>()));
}

/// Whether a key is not 0, or "".
class NotPadding final : public Op {
 public:
  std::string_view class_name() const override { return "NotPadding"; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    return {{inputs[0].shape(), DType::kBool}};
  }
  Result forward(const Arguments& x) const override {
    Tensor mask = uninitialized(x[0].shape(), DType::kBool);
    if (x[0].dtype() == DType::kString) {
      std::ranges::transform(x[0].data<std::string_view>(), mask.data<bool>().begin(),
                             [](std::string_view key) { return !key.empty(); });
    } else {
      const Tensor keys = cast(x[0], DType::kInt64);
      std::ranges::transform(keys.data<std::int64_t>(), mask.data<bool>().begin(),
                             [](std::int64_t key) { return key != 0; });
    }
    return {mask};
  }
};

/// What the keys of a step change.
class Came final : public Pass::Change {
 public:
  explicit Came(std::shared_ptr<table::KeyRows> rows) : rows_(std::move(rows)), all_(*rows_) {}
  void add(const table::Keys& keys, std::span<std::int64_t> ids) { all_.add(keys, ids); }
  void commit() override { all_.commit(); }

 private:
  std::shared_ptr<table::KeyRows> rows_;
  table::KeyRows::Insertion all_;
};

/// The arrays of a file that say which keys have rows. They become true together, with the last.
struct ComingKeys {
  std::shared_ptr<table::KeyRows> rows;
  table::KeyArrays now, coming;
  std::optional<table::KeyRows::Index> index;
};

class KeysInFile final : public VariableStorage {
 public:
  KeysInFile(std::shared_ptr<ComingKeys> all, Tensor table::KeyArrays::*part)
      : all_(std::move(all)), part_(part) {}

  const Shape& shape() const override { return (all_->now.*part_).shape(); }
  DType dtype() const override { return (all_->now.*part_).dtype(); }
  bool takes(const Shape& other) const override {
    return other.rank() == shape().rank() && (other.rank() < 2 || other[1] == shape()[1]);
  }
  Tensor value() override { return all_->now.*part_; }
  Tensor rows_at(const std::vector<std::int64_t>& ids) const override {
    return take_rows(all_->now.*part_, ids.data(), static_cast<std::int64_t>(ids.size()));
  }
  void prepare_take_over(const Tensor& value) override {
    table::KeyArrays& coming = all_->coming;
    coming.*part_ = value;
    if (!coming.keys || !coming.waiting || !coming.text) return;
    all_->index =
        all_->rows->prepared(table::state_of(kDynamicEmbedding, coming), all_->rows->coming());
  }
  void assign(const Tensor& value) override {
    prepare_take_over(value);
    take_over(value);
  }
  void take_over(const Tensor&) override {
    if (all_->index) all_->rows->set_index(*std::exchange(all_->index, std::nullopt));
  }

 private:
  std::shared_ptr<ComingKeys> all_;
  Tensor table::KeyArrays::*part_;
};

}  // namespace

template <class F>
void fields(F& f, DynamicEmbeddingOptions& o) {
  common_fields(f, o);
  f("output_dim", o.output_dim);
  f("embeddings_initializer", o.embeddings_initializer);
  f("embeddings_regularizer", o.embeddings_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("embeddings_constraint", o.embeddings_constraint);
  f("max_tokens", o.max_tokens);
  f("num_oov_indices", o.num_oov_indices);
  f("min_frequency", o.min_frequency);
  f("max_waiting", o.max_waiting);
  f("eviction", o.eviction);
  f("mask_zero", o.mask_zero);
  f("precision", o.precision);
  f("stochastic_rounding", o.stochastic_rounding);
}

DynamicEmbedding::DynamicEmbedding(DynamicEmbeddingOptions options)
    : Configured(options, base_options(kName, checked_dynamic(options))) {}

Shape DynamicEmbedding::compute_output_shape(const Shape& input_shape) const {
  Shape shape = input_shape;
  shape.push_back(options_.output_dim);
  return shape;
}

void DynamicEmbedding::build_weights(const Shape&) {
  const Identifier<const initializers::Initializer> initializer =
      options_.embeddings_initializer ? options_.embeddings_initializer : "glorot_uniform";
  auto storage = std::make_shared<table::RowStorage>(
      Shape{options_.max_tokens, options_.output_dim}, initializer.shared(),
      table::RowStorageOptions{.precision = options_.precision,
                               .rounding = options_.stochastic_rounding
                                               ? table::Rounding::kStochastic
                                               : table::Rounding::kNearest,
                               .grows = true});
  auto keys =
      std::make_shared<table::KeyRows>(kDynamicEmbedding, name(), key_options(options_), storage);
  table_ = add_weight({.name = "embeddings",
                       .shape = storage->shape(),
                       .initializer = initializer,
                       .regularizer = options_.embeddings_regularizer,
                       .constraint = options_.embeddings_constraint,
                       .storage = storage})
               .shared_from_this();
  keys_ = std::move(keys);
}

void DynamicEmbedding::check_inputs(const Tensor& inputs) const { as_keys(inputs, *this); }

Values DynamicEmbedding::compute_mask(const Inputs& inputs) const {
  if (!options_.mask_zero) return {};
  static const auto op = std::make_shared<const NotPadding>();
  return apply_op(op, Inputs(inputs[0].constant()));
}

Tensor DynamicEmbedding::rows_of(const Tensor& keys, Pass& pass) const {
  table::KeyRows& known = this->keys();
  Tensor ids = uninitialized(keys.shape(), DType::kInt64);
  const std::span<std::int64_t> rows = ids.data<std::int64_t>();
  const bool inserts = pass.training && trainable();
  with_keys(keys, *this, [&](const table::Keys& each) {
    if (!inserts) return known.find(each, rows);
    std::shared_ptr<Pass::Change>& change = pass.change(*this);
    if (!change) change = std::make_shared<Came>(keys_);
    static_cast<Came&>(*change).add(each, rows);
  });
  return ids;
}

table::RowStorage& DynamicEmbedding::rows() const {
  return static_cast<table::RowStorage&>(*table_->storage());
}

const Variable* DynamicEmbedding::trained() const {
  return trainable() && table_->trainable() ? table_.get() : nullptr;
}

Values DynamicEmbedding::call(const Inputs& inputs, Pass& pass) const {
  const Tensor ids = rows_of(inputs[0].tensor(), pass);
  return ops::nn::lookup(ids, rows(), trained(), pass);
}

Value DynamicEmbedding::pooled(const Inputs& inputs, Pooling pooling, bool /*masked*/,
                               const Shape& shape, Pass& pass) const {
  const Tensor ids = rows_of(inputs[0].tensor(), pass);
  return ops::nn::lookup_pooled(ids, rows(), pooling, MaskedSteps::kNone, shape, trained(), pass);
}

std::shared_ptr<const Operation> DynamicEmbedding::fused_with(const Operation& next,
                                                              bool masked) const {
  if (options_.mask_zero) return nullptr;  // a padding is a key, not row 0
  return pooled_lookup(std::static_pointer_cast<const Layer>(shared_from_this()), next, masked);
}

std::vector<std::int64_t> DynamicEmbedding::chance() const {
  if (!built() || options_.precision == Precision::kFloat32 || !options_.stochastic_rounding)
    return {};
  return {static_cast<std::int64_t>(rows().round())};
}

void DynamicEmbedding::take_chance(const std::vector<std::int64_t>& chance) {
  if (!chance.empty()) rows().set_round(static_cast<std::uint64_t>(chance[0]));
}

table::KeyRows& DynamicEmbedding::keys() const {
  if (!keys_)
    invalid_argument(kDynamicEmbedding, "layer '", name(), "' is not built yet: it has no keys.");
  return *keys_;
}

Tensor DynamicEmbedding::find(const Tensor& given) const {
  Tensor ids = uninitialized(given.shape(), DType::kInt64);
  with_keys(given, *this,
            [&](const table::Keys& each) { keys().find(each, ids.data<std::int64_t>()); });
  return ids;
}

Tensor DynamicEmbedding::times(const Tensor& given) const {
  Tensor times = uninitialized(given.shape(), DType::kInt64);
  with_keys(given, *this,
            [&](const table::Keys& each) { keys().times(each, times.data<std::int64_t>()); });
  return times;
}

Tensor DynamicEmbedding::insert(const Tensor& given) {
  Tensor ids = uninitialized(given.shape(), DType::kInt64);
  with_keys(given, *this,
            [&](const table::Keys& each) { keys().insert(each, ids.data<std::int64_t>()); });
  return ids;
}

void DynamicEmbedding::forget(const Tensor& given) {
  with_keys(given, *this, [&](const table::Keys& each) { keys().forget(each); });
}

void DynamicEmbedding::evict(std::int64_t count, std::string_view eviction) {
  keys().evict(count, dynamic_eviction(eviction));
}

table::KeyState DynamicEmbedding::key_state() const { return keys().state(); }

void DynamicEmbedding::set_keys(const table::KeyState& state, const Tensor& rows) {
  keys().set_state(state, rows);
}

std::vector<std::shared_ptr<Variable>> DynamicEmbedding::as_saved(
    std::vector<std::shared_ptr<Variable>> own) const {
  if (!keys_) return own;
  const auto all = std::make_shared<ComingKeys>();
  all->rows = keys_;
  all->now = table::arrays_of(keys_->state());
  const auto add = [&](std::string_view name, Tensor table::KeyArrays::*part) {
    own.push_back(std::make_shared<Variable>(str(path(), "/", name),
                                             std::make_shared<KeysInFile>(all, part), false));
  };
  add("keys", &table::KeyArrays::keys);
  add("waiting", &table::KeyArrays::waiting);
  add("text", &table::KeyArrays::text);
  return own;
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::DynamicEmbedding, layers::DynamicEmbeddingOptions,
                          layers::LayerOf<layers::DynamicEmbedding>>;
}  // namespace keratin
