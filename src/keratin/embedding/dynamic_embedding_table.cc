// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/dynamic_embedding_table.h"

#include <array>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/safetensors.h"
#include "keratin/table/key_rows.h"
#include "keratin/table/key_state.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::embedding {
namespace {

constexpr const char* kDynamic = "DynamicEmbeddingTable";

constexpr std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

table::KeyRowsOptions key_options(const DynamicEmbeddingTableOptions& o) {
  return {.num_oov_indices = o.num_oov_indices,
          .min_frequency = o.min_frequency,
          .max_waiting = o.max_waiting,
          .eviction = o.eviction};
}

DynamicEmbeddingTableOptions checked(DynamicEmbeddingTableOptions options) {
  table::check(kDynamic, key_options(options), options.max_tokens);
  return options;
}

EmbeddingTable table_for(const DynamicEmbeddingTableOptions& o) {
  return EmbeddingTable({.input_dim = o.max_tokens,
                         .output_dim = o.output_dim,
                         .embeddings_initializer = o.embeddings_initializer,
                         .embeddings_regularizer = o.embeddings_regularizer,
                         .embeddings_constraint = o.embeddings_constraint,
                         .name = o.name,
                         .rows_drawn = layers::RowsDrawn::kOnDemand,
                         .precision = o.precision,
                         .stochastic_rounding = o.stochastic_rounding});
}

}  // namespace

DynamicEmbeddingTable::DynamicEmbeddingTable(DynamicEmbeddingTableOptions options)
    : options_(checked(std::move(options))),
      table_(table_for(options_)),
      keys_(std::make_unique<table::KeyRows>(
          kDynamic, options_.name, key_options(options_),
          std::static_pointer_cast<table::RowStorage>(table_.variable().storage()))) {}

DynamicEmbeddingTable::~DynamicEmbeddingTable() = default;
DynamicEmbeddingTable::DynamicEmbeddingTable(DynamicEmbeddingTable&&) noexcept = default;
DynamicEmbeddingTable& DynamicEmbeddingTable::operator=(DynamicEmbeddingTable&&) noexcept = default;

std::int64_t DynamicEmbeddingTable::size() const { return keys_->size(); }

void DynamicEmbeddingTable::find(const Keys& keys, std::span<std::int64_t> ids) const {
  keys_->find(keys, ids);
}
void DynamicEmbeddingTable::times(const Keys& keys, std::span<std::int64_t> times) const {
  keys_->times(keys, times);
}
void DynamicEmbeddingTable::insert(const Keys& keys, std::span<std::int64_t> ids) {
  keys_->insert(keys, ids);
}
void DynamicEmbeddingTable::forget(const Keys& keys) { keys_->forget(keys); }
void DynamicEmbeddingTable::evict(std::int64_t count, Eviction eviction) {
  keys_->evict(count, eviction);
}

void DynamicEmbeddingTable::lookup(const Keys& keys, std::span<float> out) const {
  std::vector<std::int64_t> ids(place(keys.size()));
  find(keys, ids);
  table_.lookup(ids, out);
}

void DynamicEmbeddingTable::step(const Keys& keys, std::span<const float> gradient,
                                 optimizers::Optimizer& optimizer, const StepOptions& options) {
  std::vector<std::int64_t> ids(place(keys.size()));
  find(keys, ids);
  table_.step(ids, gradient, optimizer, options);
}

void DynamicEmbeddingTable::assign(const Keys& keys, std::span<const float> rows) {
  if (!std::cmp_equal(rows.size(), keys.size() * output_dim())) {
    invalid_argument(kDynamic, "table '", name(), "': rows must have ", keys.size(), " times ",
                     output_dim(), " numbers. Received: ", rows.size());
  }
  std::vector<std::int64_t> own(place(keys.size())), ids;
  keys_->find_own(keys, own);
  std::vector<float> known;
  for (std::int64_t i = 0; i < keys.size(); ++i) {
    if (own[place(i)] < 0) continue;
    const auto from = rows.subspan(place(i * output_dim()), place(output_dim()));
    ids.push_back(own[place(i)]);
    known.insert(known.end(), from.begin(), from.end());
  }
  table_.assign(ids, known);
}

DynamicEmbeddingState DynamicEmbeddingTable::state(bool values) const {
  return {keys_->state(), values ? table_.used_rows() : UsedRows()};
}

void DynamicEmbeddingTable::set_state(const DynamicEmbeddingState& state) {
  if (!keys_->is_new())
    invalid_argument(kDynamic, "table '", name(), "': a state is for a table without keys.");
  std::vector<std::int64_t> in_order(state.values.ids.size());
  std::iota(in_order.begin(), in_order.end(), 0);
  if (!state.values.values || state.values.ids != in_order)
    invalid_argument(kDynamic, "table '", name(), "': this is no state of such a table.");
  keys_->set_state(state, state.values.values);
}

namespace {

constexpr const char* kRows = "embeddings";
/// The arrays that say which keys have them, by their names.
constexpr std::array<std::pair<const char*, Tensor table::KeyArrays::*>, 3> kKeyArrays = {
    {{"keys", &table::KeyArrays::keys},
     {"waiting", &table::KeyArrays::waiting},
     {"text", &table::KeyArrays::text}}};

void plan(formats::SafetensorsWriter& writer, const char* name, const Tensor& tensor) {
  writer.array(
      name, tensor.shape(), formats::element_of(tensor.dtype()), [&tensor](formats::Sink& sink) {
        visit_dtype(tensor.dtype(),
                    [&](auto zero) { sink.write(std::as_bytes(tensor.data<decltype(zero)>())); });
      });
}

Tensor array_of(const formats::Safetensors& file, const std::string& path, const char* name,
                DType dtype) {
  const formats::Array* const found = file.find(name);
  if (found == nullptr)
    invalid_argument(kDynamic, "'", path, "' is no file of such a table: it has no '", name, "'.");
  Tensor tensor = uninitialized(found->shape, dtype);
  visit_dtype(dtype,
              [&](auto zero) { formats::read_elements(*found, tensor.data<decltype(zero)>()); });
  return tensor;
}

}  // namespace

void DynamicEmbeddingTable::save(const std::string& path) const {
  const DynamicEmbeddingState all = state();
  const table::KeyArrays arrays = table::arrays_of(all);
  formats::SafetensorsWriter writer;
  plan(writer, kRows, all.values.values);
  for (const auto& [name, array] : kKeyArrays) plan(writer, name, arrays.*array);
  writer.metadata("format", kDynamic);
  formats::FileWriter file(path);
  writer.write(file);
  file.commit();
}

void DynamicEmbeddingTable::load(const std::string& path) {
  const auto file = formats::Safetensors::open(formats::Bytes::open(path));
  const Tensor rows = array_of(file, path, kRows, DType::kFloat32);
  table::KeyArrays arrays;
  for (const auto& [name, array] : kKeyArrays) {
    const bool is_text = array == &table::KeyArrays::text;
    arrays.*array = array_of(file, path, name, is_text ? DType::kUint8 : DType::kInt64);
  }
  keys_->set_state(table::state_of(kDynamic, arrays), rows);
}

}  // namespace keratin::embedding
