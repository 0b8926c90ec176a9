// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/neighbors.h"

#include <memory>
#include <string_view>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "interrupts.h"

#include "keratin/base/error.h"
#include "keratin/embedding/embedding_table.h"
#include "keratin/layers/embedding.h"
#include "keratin/table/ids.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
namespace {

using embedding::FoundNeighbors;
using embedding::Neighbors;

/// What is searched, and the layer that is claimed for it; null where the rows are an array.
struct BoundNeighbors {
  Neighbors neighbors;
  std::shared_ptr<const layers::Embedding> layer;

  bool claim(Access::Claim& claim) const { return !layer || claim.take(*layer); }
};

Similarity similarity_from(std::string_view name) {
  if (name == "dot") return Similarity::kDot;
  if (name == "cosine") return Similarity::kCosine;
  if (name == "distance") return Similarity::kDistance;
  invalid_argument("Neighbors", "similarity must be 'dot', 'cosine' or 'distance'. Received: '", name, "'");
}

BoundNeighbors make_neighbors(nb::handle table, std::string_view similarity) {
  const embedding::NeighborsOptions options{.similarity = similarity_from(similarity)};
  std::shared_ptr<const layers::Embedding> layer;
  std::shared_ptr<layers::Layer> any;
  const embedding::EmbeddingTable* alone = nullptr;
  if (nb::try_cast(table, alone, false) && alone != nullptr) {
    layer = alone->layer();
  } else if (nb::try_cast(table, any, false) && any) {
    layer = std::dynamic_pointer_cast<const layers::Embedding>(any);
    if (!layer) invalid_argument("Neighbors", "table must be an Embedding. Received: a layer of another class, ", any->name());
  } else {
    return {Neighbors(cast(tensor_from(table, "table"), DType::kFloat32), options), nullptr};
  }
  const Access::Shared shared(*layer);
  return {Neighbors(layer, options), layer};
}

/// ids and scores, (*shape, k).
template <class Find>
nb::object search(const BoundNeighbors& of, Shape shape, std::int64_t k, const Find& find) {
  FoundNeighbors found;
  {
    const Access::Shared shared(of);
    const ReleasedInterruptible released;
    found = find();
  }
  shape.push_back(k);
  return nb::make_tuple(array_from(Tensor::from(found.ids, shape)), array_from(Tensor::from(found.scores, shape)));
}

nb::object search_vectors(const BoundNeighbors& of, nb::handle vectors, std::int64_t k) {
  const Tensor rows = snapshot(cast(tensor_from(vectors, "vectors"), DType::kFloat32));
  const std::int64_t width = of.neighbors.width();
  Shape shape = rows.shape();
  if (shape.rank() == 0 || shape[shape.rank() - 1] != width)
    invalid_argument("Neighbors", "vectors must have shape (..., ", width, "). Received: ", shape);
  return search(of, shape.leading(), k, [&] { return of.neighbors.search(rows.data<float>(), k); });
}

nb::object search_ids(const BoundNeighbors& of, nb::handle ids, std::int64_t k, bool itself) {
  const Tensor checked = table::copied_ids(tensor_from(ids, "ids"), of.neighbors.rows(), {"Neighbors", "Neighbors", "table"});
  return search(of, checked.shape(), k, [&] {
    if (checked.dtype() == DType::kInt32) return of.neighbors.search_ids(checked.data<std::int32_t>(), k, itself);
    return of.neighbors.search_ids(checked.data<std::int64_t>(), k, itself);
  });
}

}  // namespace

void bind_neighbors(nb::module_& m) {
  m.def("neighbors", &make_neighbors, "table"_a, "similarity"_a);
  nb::class_<BoundNeighbors>(m, "Neighbors")
      .def_prop_ro("rows", [](const BoundNeighbors& of) { return of.neighbors.rows(); })
      .def_prop_ro("width", [](const BoundNeighbors& of) { return of.neighbors.width(); })
      .def("search", &search_vectors, "vectors"_a, "k"_a)
      .def("search_ids", &search_ids, "ids"_a, "k"_a, "itself"_a);
}

}  // namespace keratin::python
