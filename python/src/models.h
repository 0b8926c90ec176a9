// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "access.h"
#include "bindings.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/trainers/tensors.h"

namespace keratin::python {

/// A model as Python has it: with the threads that use it told apart.
struct BoundModel {
  explicit BoundModel(std::shared_ptr<models::Model> shared_model)
      : shared(std::move(shared_model)), model(*shared) {}

  std::shared_ptr<models::Model> shared;
  models::Model& model;
  std::vector<std::shared_ptr<metrics::Metric>> metrics = {};  // objects that compile was given

  bool claim(Access::Claim& claim) const {
    return claim.take(static_cast<const void*>(shared.get())) && claim.take(model.layers()) &&
           (!claim.alone() || !model.compiled() || claim.take(model.optimizer())) &&
           (!claim.alone() || claim.take(metrics));
  }
};

/// Copies of a batch's tensors, for functions of the user's; None where there is none.
inline nb::list list_of(const Tensors& tensors) {
  nb::list arrays;
  for (const Tensor& tensor : tensors) arrays.append(array_from(tensor ? copy_of(tensor) : tensor));
  return arrays;
}

// models.cc makes the class, trainers.cc adds what trains it.
void bind_trainer(nb::module_& m, nb::class_<BoundModel>& model);

}  // namespace keratin::python
