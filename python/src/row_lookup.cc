// SPDX-License-Identifier: Apache-2.0
// The rows of a batch that another program trains (keratin.keras), and their gradient: what a pass of ours does with an
// Embedding, grouped once for both ways, and read once for lookup and step.
#include "row_lookup.h"

#include <cmath>
#include <memory>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "interrupts.h"

#include "keratin/layers/embedding.h"
#include "keratin/table/embedding_table.h"
#include "keratin/table/ids.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
namespace {

using layers::Embedding;
using layers::Layer;

struct RowLookup {
  table::TrainingLookup rows;
  Shape shape;  // of what is looked up
};

std::unique_ptr<RowLookup> look_up(Layer& layer, const Tensor& given) {
  const auto* const embedding = dynamic_cast<const Embedding*>(&layer);
  if (embedding == nullptr) throw nb::type_error("only an Embedding has rows");
  Shape shape = given.shape();
  shape.push_back(embedding->output_dim());
  const Access::Shared claim(layer);
  const ReleasedInterruptible released;
  const Tensor ids = table::copied_ids(given, embedding->input_dim(), {embedding->class_name(), embedding->name()});
  return std::make_unique<RowLookup>(RowLookup{table::TrainingLookup(*embedding->table(), ids), std::move(shape)});
}

nb::object vectors_of(const RowLookup& lookup) {
  Tensor vectors;
  {
    const Released released;
    vectors = lookup.rows.vectors();
  }
  return array_from(vectors);
}

RowGradient gradient_of(const RowLookup& lookup, const Tensor& gradient) {
  if (gradient.shape() != lookup.shape) throw nb::value_error("[Embedding] the gradient must have a row for each id.");
  const Tensor values = cast(gradient, DType::kFloat32);
  const Released released;
  return {lookup.rows.gradient(values)};
}

bool is_finite(const RowGradient& gradient) {
  bool all = true;
  for (const float value : std::as_const(gradient.rows.values).data<float>()) all = all & std::isfinite(value);
  return all;
}

}  // namespace

void bind_row_lookup(nb::module_& m) {
  nb::class_<RowLookup>(m, "RowLookup")
      .def("vectors", &vectors_of)
      .def("gradient", &gradient_of, "gradient"_a);
  nb::class_<RowGradient>(m, "RowGradient")
      .def_prop_ro("is_finite", &is_finite)
      .def_prop_ro("indices", [](const RowGradient& gradient) {
        const auto count = static_cast<std::int64_t>(gradient.rows.ids.size());
        return array_from(Tensor::from(std::vector<std::int64_t>(gradient.rows.ids), {count}));
      })
      .def_prop_ro("values", [](const RowGradient& gradient) { return array_from(gradient.rows.values); });
  m.def("row_lookup", &look_up, "layer"_a, "ids"_a);
}

}  // namespace keratin::python
