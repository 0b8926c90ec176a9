// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/embedding_table.h"

#include <nanobind/ndarray.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "interrupts.h"
#include "table_options.h"

#include "keratin/base/error.h"
#include "keratin/table/ids.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
namespace {

using embedding::Bags;
using embedding::EmbeddingTable;
using embedding::EmbeddingTableOptions;
using embedding::Ids;
using optimizers::Optimizer;
using Writable = nb::ndarray<float, nb::c_contig, nb::device::cpu>;

/// Memory of the caller's that is written to.
Writable writable(nb::handle array, const char* what) {
  Writable memory;
  if (!nb::try_cast(array, memory, false)) {
    throw nb::type_error(str("[EmbeddingTable] ", what, " must be a writable float32 array in the memory of this machine, "
                             "C-contiguous. Received: ", shown(array)).c_str());
  }
  return memory;
}

Shape shape_of(const Writable& array) {
  Shape shape;
  for (std::size_t i = 0; i < array.ndim(); ++i) shape.push_back(static_cast<std::int64_t>(array.shape(i)));
  return shape;
}

nb::object make(nb::handle config, nb::handle weights, nb::handle memory, std::string_view rows_drawn,
                std::string_view precision, bool stochastic_rounding, std::string storage) {
  return made_from(config, [&](const Config& from) {
    const layers::EmbeddingOptions common = layers::Embedding::options_from(from);
    EmbeddingTableOptions options{.input_dim = common.input_dim,
                                  .output_dim = common.output_dim,
                                  .embeddings_initializer = common.embeddings_initializer,
                                  .embeddings_regularizer = common.embeddings_regularizer,
                                  .embeddings_constraint = common.embeddings_constraint,
                                  .weights = tensor_from(weights, "weights"),
                                  .name = common.name.value_or("embedding"),
                                  .rows_drawn = rows_drawn_from(rows_drawn),
                                  .precision = precision_from(precision),
                                  .stochastic_rounding = stochastic_rounding,
                                  .storage = std::move(storage)};
    if (!memory.is_none()) {
      auto array = writable(memory, "memory");
      const std::span<float> numbers(array.data(), array.size());
      const Shape shape = shape_of(array);
      options.memory = Tensor::view(numbers, shape, std::make_shared<Held>(nb::borrow(memory)));
    }
    const Interruptible here;
    return std::make_shared<EmbeddingTable>(std::move(options));
  });
}

Pooling pooling_from(std::string_view combiner) {
  if (combiner == "sum") return Pooling::kSum;
  if (combiner == "mean") return Pooling::kMean;
  if (combiner == "max") return Pooling::kMax;
  invalid_argument("EmbeddingTable", "combiner must be 'sum', 'mean' or 'max'. Received: '", combiner, "'");
}

/// Ids of any integer type, a copy that nobody writes to.
struct GivenIds {
  GivenIds(const EmbeddingTable& table, nb::handle ids)
      : ids(table::copied_ids(tensor_from(ids, "ids"), table.input_dim(), {"EmbeddingTable", table.name(), "table"})) {}
  operator Ids() const {
    if (ids.dtype() == DType::kInt32) return ids.data<std::int32_t>();
    return ids.data<std::int64_t>();
  }
  Shape with_width(const EmbeddingTable& table) const {
    Shape shape = ids.shape();
    shape.push_back(table.output_dim());
    return shape;
  }

  Tensor ids;
};

struct GivenBags {
  GivenBags(const EmbeddingTable& table, nb::handle ids, nb::handle offsets, nb::handle weights, std::string_view combiner)
      : ids(table, ids),
        pooling(pooling_from(combiner)) {
    const Tensor given = snapshot(tensor_from(offsets, "offsets"));
    if (this->ids.ids.shape().rank() != 1 || given.shape().rank() != 1) {
      invalid_argument("EmbeddingTable", "ids and offsets of bags must have one dimension. Received: shapes ",
                       this->ids.ids.shape(), " and ", given.shape());
    }
    if (given.size() > 0 && (is_floating(given.dtype()) || given.dtype() == DType::kBool))
      invalid_argument("EmbeddingTable", "offsets must be integers. Received: ", to_string(given.dtype()));
    this->offsets = cast(given, DType::kInt64);
    if (weights.is_none()) return;
    this->weights = cast(snapshot(tensor_from(weights, "weights")), DType::kFloat32);
    if (this->weights.shape() != this->ids.ids.shape()) {
      invalid_argument("EmbeddingTable", "there must be one weight an id. Received: weights of shape ",
                       this->weights.shape(), " and ids of shape ", this->ids.ids.shape());
    }
  }
  operator Bags() const {
    return {.ids = ids,
            .offsets = offsets.data<std::int64_t>(),
            .weights = weights ? weights.data<float>() : std::span<const float>(),
            .pooling = pooling};
  }
  Shape result(const EmbeddingTable& table) const {
    return {std::max<std::int64_t>(0, offsets.size() - 1), table.output_dim()};
  }

  GivenIds ids;
  Tensor offsets, weights;
  Pooling pooling;
};

/// Rows in float32, of this shape.
Tensor rows_from(nb::handle rows, const Shape& shape, const char* what) {
  Tensor tensor = cast(tensor_from(rows, what), DType::kFloat32);
  if (!tensor || tensor.shape() != shape) {
    invalid_argument("EmbeddingTable", what, " must have shape ", shape,
                     ". Received: ", tensor ? to_string(tensor.shape()) : "None");
  }
  return tensor;
}

/// Calls look(out) without the GIL, on the caller's array or a new one, and gives that.
template <class Look>
nb::object looked_up(const EmbeddingTable& table, const Shape& shape, nb::handle out, const Look& look) {
  Tensor made;
  Writable given;
  std::span<float> memory;
  if (out.is_none()) {
    made = uninitialized(shape);
    memory = made.data<float>();
  } else {
    given = writable(out, "out");
    memory = {given.data(), given.size()};
    if (shape_of(given) != shape)
      invalid_argument("EmbeddingTable", "out must have shape ", shape, ". Received: ", shape_of(given));
  }
  {
    const Access::Shared shared(table.variable());
    const ReleasedInterruptible released;
    look(memory);
  }
  return made ? array_from(made) : nb::borrow(out);
}

nb::object rows_of(SparseRows gradient) {
  const auto count = static_cast<std::int64_t>(gradient.ids.size());
  return nb::make_tuple(array_from(Tensor::from(std::move(gradient.ids), {count})), array_from(gradient.values));
}

/// The gradient that `find` gives, without the GIL.
template <class Find>
SparseRows found(const EmbeddingTable& table, const Find& find) {
  const Access::Shared shared(table.variable());
  const ReleasedInterruptible released;
  return find();
}

template <class Find>
void step(EmbeddingTable& table, Optimizer& optimizer, std::optional<double> learning_rate, double gradient_scale,
          const Find& find) {
  const Access::Alone alone(optimizer, table.variable());
  const Released released;
  table.step(find(), optimizer, {.learning_rate = learning_rate, .gradient_scale = static_cast<float>(gradient_scale)});
}

}  // namespace

void bind_embedding_table(nb::module_& m) {
  m.def("embedding_table", &make, "config"_a, "weights"_a.none(), "memory"_a.none(), "rows_drawn"_a, "precision"_a,
        "stochastic_rounding"_a, "storage"_a);
  nb::class_<EmbeddingTable>(m, "EmbeddingTable", nb::dynamic_attr())
      .def_prop_ro("name", &EmbeddingTable::name)
      .def_prop_ro("variable", [](const EmbeddingTable& table) { return table.variable().shared_from_this(); })
      .def_prop_ro("rows_in_use", &EmbeddingTable::rows_in_use)
      .def("lookup",
           [](const EmbeddingTable& table, nb::handle ids, nb::handle out) {
             const GivenIds given(table, ids);
             return looked_up(table, given.with_width(table), out,
                              [&](std::span<float> memory) { table.lookup(given, memory); });
           },
           "ids"_a, "out"_a.none())
      .def("lookup_pooled",
           [](const EmbeddingTable& table, nb::handle ids, nb::handle offsets, nb::handle weights, nb::handle out,
              std::string_view combiner) {
             const GivenBags bags(table, ids, offsets, weights, combiner);
             return looked_up(table, bags.result(table), out,
                              [&](std::span<float> memory) { table.lookup_pooled(bags, memory); });
           },
           "ids"_a, "offsets"_a, "weights"_a.none(), "out"_a.none(), "combiner"_a)
      .def("gradient",
           [](const EmbeddingTable& table, nb::handle ids, nb::handle gradient) {
             const GivenIds given(table, ids);
             const Tensor rows = rows_from(gradient, given.with_width(table), "gradient");
             return rows_of(found(table, [&] { return table.gradient(given, rows.data<float>()); }));
           },
           "ids"_a, "gradient"_a)
      .def("pooled_gradient",
           [](const EmbeddingTable& table, nb::handle ids, nb::handle offsets, nb::handle gradient, nb::handle weights,
              std::string_view combiner) {
             const GivenBags bags(table, ids, offsets, weights, combiner);
             const Tensor rows = rows_from(gradient, bags.result(table), "gradient");
             return rows_of(found(table, [&] { return table.pooled_gradient(bags, rows.data<float>()); }));
           },
           "ids"_a, "offsets"_a, "gradient"_a, "weights"_a.none(), "combiner"_a)
      .def("squared_norm",
           [](const EmbeddingTable& table, nb::handle ids, nb::handle gradient) {
             const GivenIds given(table, ids);
             const Tensor rows = rows_from(gradient, given.with_width(table), "gradient");
             return EmbeddingTable::squared_norm(
                 found(table, [&] { return table.gradient(given, rows.data<float>()); }));
           },
           "ids"_a, "gradient"_a)
      .def("step",
           [](EmbeddingTable& table, nb::handle ids, nb::handle gradient, Optimizer& optimizer,
              std::optional<double> learning_rate, double gradient_scale) {
             const GivenIds given(table, ids);
             const Tensor rows = rows_from(gradient, given.with_width(table), "gradient");
             step(table, optimizer, learning_rate, gradient_scale,
                  [&] { return table.gradient(given, rows.data<float>()); });
           },
           "ids"_a, "gradient"_a, "optimizer"_a, "learning_rate"_a.none(), "gradient_scale"_a)
      .def("step_pooled",
           [](EmbeddingTable& table, nb::handle ids, nb::handle offsets, nb::handle gradient, Optimizer& optimizer,
              nb::handle weights, std::string_view combiner, std::optional<double> learning_rate, double gradient_scale) {
             const GivenBags bags(table, ids, offsets, weights, combiner);
             const Tensor rows = rows_from(gradient, bags.result(table), "gradient");
             step(table, optimizer, learning_rate, gradient_scale,
                  [&] { return table.pooled_gradient(bags, rows.data<float>()); });
           },
           "ids"_a, "offsets"_a, "gradient"_a, "optimizer"_a, "weights"_a.none(), "combiner"_a, "learning_rate"_a.none(),
           "gradient_scale"_a)
      .def("assign",
           [](EmbeddingTable& table, nb::handle ids, nb::handle rows) {
             const GivenIds given(table, ids);
             const Tensor values = snapshot(rows_from(rows, given.with_width(table), "rows"));
             const Access::Alone alone(table.variable());
             const Released released;
             table.assign(given, values.data<float>());
           },
           "ids"_a, "rows"_a)
      .def("used_rows",
           [](const EmbeddingTable& table) -> nb::object {
             const Access::Shared shared(table.variable());
             if (!table.draws_rows()) return nb::none();
             UsedRows rows = table.used_rows();
             const auto count = static_cast<std::int64_t>(rows.ids.size());
             return nb::make_tuple(array_from(Tensor::from(std::move(rows.ids), {count})), array_from(rows.values));
           })
      .def("use_rows",
           [](EmbeddingTable& table, const Tensor& ids, const Tensor& values) {
             const auto numbers = ids.data<std::int64_t>();
             const Access::Alone alone(table.variable());
             table.use_rows({{numbers.begin(), numbers.end()}, values});
           })
      .def("flush", [](EmbeddingTable& table) {
        const Access::Alone alone(table.variable());
        const ReleasedInterruptible released;
        table.flush();
      });
}

}  // namespace keratin::python
