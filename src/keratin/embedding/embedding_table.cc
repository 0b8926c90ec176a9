// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/embedding_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/norm.h"
#include "keratin/table/embedding_table.h"
#include "keratin/table/ids.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::embedding {
namespace {

constexpr const char* kWho = "EmbeddingTable";

void check_memory(const EmbeddingTableOptions& o) {
  const Shape shape{o.input_dim, o.output_dim};
  if (o.weights || !o.storage.empty() || o.precision != Precision::kFloat32 ||
      o.rows_drawn == layers::RowsDrawn::kOnDemand) {
    invalid_argument(kWho,
                     "memory has float32 rows that are there: it goes with no weights, storage, "
                     "other precision or rows drawn on demand.");
  }
  if (o.memory.dtype() != DType::kFloat32 || o.memory.shape() != shape) {
    invalid_argument(kWho, "memory must be float32 of shape ", shape,
                     ". Received: ", to_string(o.memory.dtype()), " of shape ", o.memory.shape());
  }
  if (TensorAccess::is_read_only(o.memory))
    invalid_argument(kWho, "memory must be writable, and was given as const.");
}

table::RowStorage& rows_of(const Variable& variable) {
  return static_cast<table::RowStorage&>(*variable.storage());
}

template <class Id>
table::RaggedBags<Id> ragged(std::span<const Id> ids, const Bags& bags) {
  return {ids.data(), bags.offsets.data(), static_cast<std::int64_t>(bags.offsets.size()) - 1,
          bags.weights.empty() ? nullptr : bags.weights.data()};
}

}  // namespace

EmbeddingTable::EmbeddingTable(EmbeddingTableOptions options) : name_(std::move(options.name)) {
  if (options.memory) check_memory(options);
  layer_ = std::make_shared<layers::Embedding>(layers::EmbeddingOptions{
      .input_dim = options.input_dim,
      .output_dim = options.output_dim,
      .embeddings_initializer = options.embeddings_initializer,
      .embeddings_regularizer = options.embeddings_regularizer,
      .embeddings_constraint = options.embeddings_constraint,
      .weights = options.weights,
      .name = name_,
      .rows_drawn = options.memory ? layers::RowsDrawn::kAtOnce : options.rows_drawn,
      .precision = options.precision,
      .stochastic_rounding = options.stochastic_rounding,
      .storage = options.storage});
  std::optional<layers::Undrawn> undrawn;
  if (options.memory) undrawn.emplace();
  layer_->build({kNone});
  variable_ = layer_->weights()[0];
  if (options.memory) variable_->take_over(options.memory);
}

void EmbeddingTable::check_ids(const Ids& ids) const {
  ids.visit([&](auto span) {
    table::check_ids(span, input_dim(), {"EmbeddingTable", name_, "table"});
  });
}

void EmbeddingTable::check_size(const char* what, std::size_t received, std::int64_t rows) const {
  std::int64_t wanted = 0;
  if (__builtin_mul_overflow(rows, output_dim(), &wanted) || !std::cmp_equal(received, wanted)) {
    invalid_argument(kWho, "table '", name_, "': ", what, " must have ", rows, " rows of ",
                     output_dim(), " numbers. Received: ", received, " numbers");
  }
}

/// Gives their number.
std::int64_t EmbeddingTable::check_bags(const Bags& bags) const {
  const auto& offsets = bags.offsets;
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != bags.ids.size()) {
    invalid_argument(
        kWho, "table '", name_, "': offsets must begin with 0 and end with ", bags.ids.size(),
        ", the number of ids. Received: ",
        offsets.empty() ? std::string("none") : str(offsets.front(), " ... ", offsets.back()));
  }
  const auto fall = std::adjacent_find(offsets.begin(), offsets.end(), std::greater<>());
  if (fall != offsets.end()) {
    invalid_argument(kWho, "table '", name_, "': offsets must not decrease. Received: ", fall[0],
                     " and then ", fall[1], " at position ", fall - offsets.begin());
  }
  if (!bags.weights.empty() && bags.pooling != Pooling::kSum)
    invalid_argument(kWho, "table '", name_, "': weights go with a sum alone.");
  if (!bags.weights.empty() && !std::cmp_equal(bags.weights.size(), bags.ids.size())) {
    invalid_argument(kWho, "table '", name_,
                     "': there must be one weight an id, or none. Received: ", bags.weights.size(),
                     " weights and ", bags.ids.size(), " ids");
  }
  check_ids(bags.ids);
  return static_cast<std::int64_t>(offsets.size()) - 1;
}

void EmbeddingTable::lookup(const Ids& ids, std::span<float> out) const {
  check_size("out", out.size(), ids.size());
  check_ids(ids);
  ids.visit([&](auto span) { rows_of(*variable_).read(span.data(), ids.size(), out.data()); });
}

void EmbeddingTable::lookup_pooled(const Bags& bags, std::span<float> out) const {
  check_size("out", out.size(), check_bags(bags));
  bags.ids.visit([&](auto span) {
    table::lookup_bags(rows_of(*variable_), ragged(span, bags), bags.pooling, out.data());
  });
}

SparseRows EmbeddingTable::gradient(const Ids& ids, std::span<const float> gradient) const {
  check_size("the gradient", gradient.size(), ids.size());
  check_ids(ids);
  return ids.visit([&](auto span) {
    return table::sum_rows(table::unique_rows(span.data(), ids.size(), input_dim()),
                           gradient.data(), output_dim());
  });
}

SparseRows EmbeddingTable::pooled_gradient(const Bags& bags,
                                           std::span<const float> gradient) const {
  check_size("the gradient", gradient.size(), check_bags(bags));
  return bags.ids.visit([&](auto span) {
    return table::bags_gradient(rows_of(*variable_), ragged(span, bags), bags.pooling,
                                gradient.data());
  });
}

double EmbeddingTable::squared_norm(const SparseRows& gradient) {
  const auto values = gradient.values.data<float>();
  return kernels::sum_of_squares(values.data(), values.size());
}

void EmbeddingTable::step(SparseRows gradient, Optimizer& optimizer, const StepOptions& options) {
  Variable* const variables[] = {variable_.get()};
  if (options.gradient_scale != 1 && gradient.values) {
    if (!TensorAccess::is_alone(gradient.values)) gradient.values = copy_of(gradient.values);
    for (float& g : gradient.values.data<float>()) g *= options.gradient_scale;
  }
  Gradients found;
  found.add(*variable_, std::move(gradient));
  if (!options.learning_rate) return optimizer.step(variables, found);
  const auto before = static_cast<double>(optimizer.learning_rate());
  optimizer.set_learning_rate(*options.learning_rate);
  try {
    optimizer.step(variables, found);
  } catch (...) {
    optimizer.set_learning_rate(before);
    throw;
  }
}

void EmbeddingTable::assign(const Ids& ids, std::span<const float> rows) {
  check_size("rows", rows.size(), ids.size());
  check_ids(ids);
  const table::UniqueRows unique = ids.visit(
      [&](auto span) { return table::unique_rows(span.data(), ids.size(), input_dim()); });
  const auto width = static_cast<std::size_t>(output_dim());
  std::vector<float> last(unique.ids.size() * width);
  for (std::size_t i = 0; i < unique.ids.size(); ++i) {
    const auto from = static_cast<std::size_t>(
        unique.positions[static_cast<std::size_t>(unique.first[i + 1] - 1)]);
    std::copy_n(rows.data() + from * width, width, last.data() + i * width);
  }
  rows_of(*variable_).assign_rows({unique.ids.begin(), unique.ids.end()}, last.data());
}

}  // namespace keratin::embedding
