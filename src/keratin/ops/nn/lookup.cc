// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/lookup.h"

#include "keratin/table/embedding_table.h"

namespace keratin::ops::nn {
namespace {

const table::RowStorage& rows_of(const Variable& table) {
  return static_cast<const table::RowStorage&>(*table.storage());
}

/// A record that reads nothing of the tape, and adds to the gradient of the table alone.
Value recorded_on(const Pass& pass, Result result) {
  return pass.tape->record(std::move(result), Arguments(std::span<const Value>()));
}

}  // namespace

Value lookup(const Tensor& ids, const Variable& table, bool trained, const Pass& pass) {
  if (!pass.tape || !trained) return table::lookup(rows_of(table), ids);
  const auto found = std::make_shared<const table::TrainingLookup>(rows_of(table), ids);
  return recorded_on(pass, {found->vectors(), [found, &table](Slopes& slopes) {
                              slopes.add(table, found->gradient(slopes.of()));
                            }});
}

Value lookup_pooled(const Tensor& ids, const Variable& table, Pooling pooling, MaskedSteps masked,
                    const Shape& shape, bool trained, const Pass& pass) {
  if (!pass.tape || !trained)
    return table::lookup_pooled(rows_of(table), ids, pooling, masked).reshaped(shape);
  const auto found = std::make_shared<const table::TrainingLookup>(rows_of(table), ids);
  const Tensor vectors = found->pooled(pooling, masked);
  const Tensor maxima = pooling == Pooling::kMax ? vectors : Tensor();
  return recorded_on(pass,
                     {vectors.reshaped(shape), [=, &table, flat = vectors.shape()](Slopes& slopes) {
                        slopes.add(table, found->pooled_gradient(pooling, masked, maxima,
                                                                 slopes.of().reshaped(flat)));
                      }});
}

}  // namespace keratin::ops::nn
