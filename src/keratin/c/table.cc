// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "keratin/c/guarded.h"
#include "keratin/embedding/embedding_table.h"
#include "keratin/initializers/initializers.h"
#include "keratin/optimizers/optimizers.h"

using keratin::c::given;
using keratin::c::guarded;
using keratin::c::object_of;
using keratin::c::require;
using keratin::c::span_of;
using keratin::embedding::Bags;
using keratin::embedding::EmbeddingTable;
using keratin::embedding::EmbeddingTableOptions;
using keratin::embedding::Ids;

struct keratin_optimizer {
  std::shared_ptr<keratin::optimizers::Optimizer> optimizer;
};
struct keratin_table {
  EmbeddingTable table;
};

namespace {

Ids ids_of(const keratin_ids& ids) {
  if (ids.count > 0) require(ids.data, "ids.data");
  const std::size_t count = ids.data == nullptr ? 0 : ids.count;
  if (ids.dtype == KERATIN_INT32)
    return std::span(static_cast<const std::int32_t*>(ids.data), count);
  if (ids.dtype == KERATIN_INT64)
    return std::span(static_cast<const std::int64_t*>(ids.data), count);
  keratin::invalid_argument(
      "C", "ids must be KERATIN_INT32 or KERATIN_INT64. Received: ", static_cast<int>(ids.dtype));
}

/// Throws unless `count` numbers are all of the table.
void check_whole(const EmbeddingTable& table, std::string_view what, std::size_t count) {
  const std::int64_t all = table.input_dim() * table.output_dim();
  if (!std::cmp_equal(count, all))
    keratin::invalid_argument("C", what, " must have ", all, " numbers. Received: ", count);
}

/// One of the `count` values of an enum.
template <class To>
To choice(std::int32_t number, int count, std::string_view what) {
  if (number < 0 || number >= count)
    keratin::invalid_argument("C", what, " is none of its enum. Received: ", number);
  return static_cast<To>(number);
}

Bags bags_of(const keratin_bags* bags) {
  const keratin_bags& b = given(bags, "bags");
  return {.ids = ids_of(b.ids),
          .offsets = span_of(b.offsets, b.offset_count, "bags->offsets"),
          .weights = span_of(b.weights, b.weight_count, "bags->weights"),
          .pooling = choice<keratin::Pooling>(b.pooling, 3, "bags->pooling")};
}

/// What an older program does not know of is 0.
keratin_table_options read(const keratin_table_options* options) {
  const std::size_t size = given(options, "options").size;
  keratin_table_options known{};
  if (size < offsetof(keratin_table_options, initializer) || size > sizeof known) {
    keratin::invalid_argument("C", "options->size must be sizeof(keratin_table_options), ",
                              sizeof known, ". Received: ", size);
  }
  std::memcpy(&known, options, size);
  return known;
}

keratin::Identifier<const keratin::initializers::Initializer> initializer_of(
    const keratin_table_options& o) {
  using keratin::initializers::Initializer;
  auto initializer = object_of<Initializer>(o.initializer == nullptr ? "uniform" : o.initializer);
  if (o.has_seed == 0) return initializer;
  keratin::Config config = initializer->serialize();
  if (config["config"].find("seed") == nullptr)
    keratin::invalid_argument("C", "options->seed: ", initializer->class_name(), " takes no seed.");
  config["config"]["seed"] = o.seed;
  return Initializer::deserialize(config);
}

EmbeddingTableOptions options_of(const keratin_table_options* given_options) {
  const keratin_table_options o = read(given_options);
  EmbeddingTableOptions options{.input_dim = o.rows, .output_dim = o.width};
  options.embeddings_initializer = initializer_of(o);
  if (o.regularizer != nullptr)
    options.embeddings_regularizer = object_of<keratin::regularizers::Regularizer>(o.regularizer);
  if (o.constraint != nullptr)
    options.embeddings_constraint = object_of<keratin::constraints::Constraint>(o.constraint);
  if (o.name != nullptr) options.name = o.name;
  if (o.storage != nullptr) options.storage = o.storage;
  options.rows_drawn = choice<keratin::layers::RowsDrawn>(o.rows_drawn, 3, "options->rows_drawn");
  options.precision = choice<keratin::Precision>(o.precision, 3, "options->precision");
  options.stochastic_rounding = o.nearest_rounding == 0;
  if (o.weights == nullptr && o.memory == nullptr) return options;
  std::int64_t count = 0;
  if (o.rows < 0 || o.width < 0 || __builtin_mul_overflow(o.rows, o.width, &count)) {
    keratin::invalid_argument("C", "options->rows and width must be positive. Received: ", o.rows,
                              " and ", o.width);
  }
  const keratin::Shape shape{o.rows, o.width};
  const auto size = static_cast<std::size_t>(count);
  if (o.weights != nullptr)
    options.weights = keratin::Tensor::view(std::span(o.weights, size), shape);
  if (o.memory != nullptr) options.memory = keratin::Tensor::view(std::span(o.memory, size), shape);
  return options;
}

}  // namespace

static_assert(KERATIN_STORE_FLOAT16 == static_cast<int>(keratin::Precision::kFloat16) &&
              KERATIN_DRAW_ON_DEMAND == static_cast<int>(keratin::layers::RowsDrawn::kOnDemand) &&
              KERATIN_MAX == static_cast<int>(keratin::Pooling::kMax));

extern "C" {

keratin_status keratin_optimizer_make(const char* config, keratin_optimizer** optimizer) {
  return guarded([&] {
    require(config, "config");
    require(optimizer, "optimizer");
    *optimizer = new keratin_optimizer{object_of<keratin::optimizers::Optimizer>(config)};
  });
}

void keratin_optimizer_free(keratin_optimizer* optimizer) { delete optimizer; }

keratin_status keratin_optimizer_learning_rate(const keratin_optimizer* optimizer, float* rate) {
  return guarded(
      [&] { given(rate, "rate") = given(optimizer, "optimizer").optimizer->learning_rate(); });
}

keratin_status keratin_optimizer_set_learning_rate(keratin_optimizer* optimizer, double rate) {
  return guarded([&] { given(optimizer, "optimizer").optimizer->set_learning_rate(rate); });
}

keratin_status keratin_optimizer_iterations(const keratin_optimizer* optimizer, int64_t* count) {
  return guarded(
      [&] { given(count, "count") = given(optimizer, "optimizer").optimizer->iterations(); });
}

keratin_status keratin_table_make(const keratin_table_options* options, keratin_table** table) {
  return guarded([&] {
    require(table, "table");
    *table = new keratin_table{EmbeddingTable(options_of(options))};
  });
}

void keratin_table_free(keratin_table* table) { delete table; }

int64_t keratin_table_rows(const keratin_table* table) {
  return table == nullptr ? 0 : table->table.input_dim();
}
int64_t keratin_table_width(const keratin_table* table) {
  return table == nullptr ? 0 : table->table.output_dim();
}
int64_t keratin_table_rows_in_use(const keratin_table* table) {
  return table == nullptr ? 0 : table->table.rows_in_use();
}

keratin_status keratin_table_lookup(const keratin_table* table, keratin_ids ids, float* out,
                                    size_t out_count) {
  return guarded(
      [&] { given(table, "table").table.lookup(ids_of(ids), span_of(out, out_count, "out")); });
}

keratin_status keratin_table_lookup_pooled(const keratin_table* table, const keratin_bags* bags,
                                           float* out, size_t out_count) {
  return guarded([&] {
    given(table, "table").table.lookup_pooled(bags_of(bags), span_of(out, out_count, "out"));
  });
}

keratin_status keratin_table_step(keratin_table* table, keratin_optimizer* optimizer,
                                  keratin_ids ids, const float* gradient, size_t gradient_count,
                                  float gradient_scale) {
  return guarded([&] {
    given(table, "table")
        .table.step(ids_of(ids), span_of(gradient, gradient_count, "gradient"),
                    *given(optimizer, "optimizer").optimizer, {.gradient_scale = gradient_scale});
  });
}

keratin_status keratin_table_step_pooled(keratin_table* table, keratin_optimizer* optimizer,
                                         const keratin_bags* bags, const float* gradient,
                                         size_t gradient_count, float gradient_scale) {
  return guarded([&] {
    given(table, "table")
        .table.step_pooled(bags_of(bags), span_of(gradient, gradient_count, "gradient"),
                           *given(optimizer, "optimizer").optimizer,
                           {.gradient_scale = gradient_scale});
  });
}

keratin_status keratin_table_squared_norm(const keratin_table* table, keratin_ids ids,
                                          const float* gradient, size_t gradient_count,
                                          double* squared_norm) {
  return guarded([&] {
    const EmbeddingTable& of = given(table, "table").table;
    given(squared_norm, "squared_norm") = EmbeddingTable::squared_norm(
        of.gradient(ids_of(ids), span_of(gradient, gradient_count, "gradient")));
  });
}

keratin_status keratin_table_squared_norm_pooled(const keratin_table* table,
                                                 const keratin_bags* bags, const float* gradient,
                                                 size_t gradient_count, double* squared_norm) {
  return guarded([&] {
    const EmbeddingTable& of = given(table, "table").table;
    given(squared_norm, "squared_norm") = EmbeddingTable::squared_norm(
        of.pooled_gradient(bags_of(bags), span_of(gradient, gradient_count, "gradient")));
  });
}

keratin_status keratin_table_assign(keratin_table* table, keratin_ids ids, const float* rows,
                                    size_t row_count) {
  return guarded(
      [&] { given(table, "table").table.assign(ids_of(ids), span_of(rows, row_count, "rows")); });
}

keratin_status keratin_table_get_weights(const keratin_table* table, float* out, size_t count) {
  return guarded([&] {
    const EmbeddingTable& of = given(table, "table").table;
    const std::span<float> to = span_of(out, count, "out");
    check_whole(of, "out", count);
    const keratin::Tensor weights = of.weights();
    std::ranges::copy(weights.data<float>(), to.begin());
  });
}

keratin_status keratin_table_set_weights(keratin_table* table, const float* weights, size_t count) {
  return guarded([&] {
    EmbeddingTable& of = given(table, "table").table;
    const auto from = span_of(weights, count, "weights");
    check_whole(of, "weights", count);
    of.set_weights(keratin::Tensor::view(from, {of.input_dim(), of.output_dim()}));
  });
}

keratin_status keratin_table_flush(keratin_table* table) {
  return guarded([&] { given(table, "table").table.flush(); });
}
}
