// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/lookup.h"

#include <span>
#include <utility>
#include <vector>

#include "keratin/table/embedding_table.h"

namespace keratin::ops::nn {
namespace {

/// A record that reads nothing of the tape, and adds to the gradient of the table alone.
Value recorded_on(const Pass& pass, Result result) {
  return pass.tape->record(std::move(result), Arguments(std::span<const Value>()));
}

}  // namespace

Value lookup(const Tensor& ids, const table::Table& table, const Variable* trained,
             const Pass& pass) {
  if (!pass.tape || trained == nullptr) return table::lookup(table, ids);
  const auto found = std::make_shared<const table::TrainingLookup>(table, ids);
  return recorded_on(pass, {found->vectors(), [found, trained](Slopes& slopes) {
                              slopes.add(*trained, found->gradient(slopes.of()));
                            }});
}

Value lookup_pooled(const Tensor& ids, const table::Table& table, Pooling pooling,
                    MaskedSteps masked, const Shape& shape, const Variable* trained,
                    const Pass& pass) {
  if (!pass.tape || trained == nullptr)
    return table::lookup_pooled(table, ids, pooling, masked).reshaped(shape);
  const auto found = std::make_shared<const table::TrainingLookup>(table, ids);
  const Tensor vectors = found->pooled(pooling, masked);
  const Tensor maxima = pooling == Pooling::kMax ? vectors : Tensor();
  return recorded_on(pass, {vectors.reshaped(shape), [=, flat = vectors.shape()](Slopes& slopes) {
                              slopes.add(*trained,
                                         found->pooled_gradient(pooling, masked, maxima,
                                                                slopes.of().reshaped(flat)));
                            }});
}

}  // namespace keratin::ops::nn
