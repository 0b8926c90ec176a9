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

namespace {

/// Body gets the ids as they are, int32 or int64.
template <class Body>
auto with_bags(const Tensor& ids, const std::vector<std::int64_t>& first, const Tensor& weights,
               Body body) {
  const auto count = static_cast<std::int64_t>(first.size()) - 1;
  const float* const weight = weights.data<float>().data();
  if (ids.dtype() == DType::kInt32) {
    return body(table::RaggedBags<std::int32_t>{ids.data<std::int32_t>().data(), first.data(),
                                                count, weight});
  }
  return body(table::RaggedBags<std::int64_t>{ids.data<std::int64_t>().data(), first.data(), count,
                                              weight});
}

/// Each row times the gradient of its bag: summed in double, in the order of the row.
Tensor weights_gradient(const Tensor& vectors, const Tensor& gradient, const Shape& shape) {
  Tensor result = Tensor::zeros(shape);
  const std::int64_t steps = shape[1], width = gradient.shape()[1];
  const float* const rows = vectors.data<float>().data();
  const float* const slopes = gradient.data<float>().data();
  float* const out = result.data<float>().data();
  for (std::int64_t at = 0; at < shape[0] * steps; ++at) {
    double sum = 0;
    for (std::int64_t d = 0; d < width; ++d)
      sum += static_cast<double>(rows[at * width + d]) * slopes[at / steps * width + d];
    out[at] = static_cast<float>(sum);
  }
  return result;
}

}  // namespace

Value lookup_weighted(const Tensor& ids, const Value& weights, const table::Table& table,
                      const Variable* trained, const Pass& pass) {
  const Shape shape = ids.shape();
  std::vector<std::int64_t> first;
  for (std::int64_t bag = 0; bag <= shape[0]; ++bag) first.push_back(bag * shape[1]);
  Tensor sums = Tensor::zeros({shape[0], table.width()});
  with_bags(ids, first, weights.tensor(), [&](const auto& bags) {
    table::lookup_bags(table, bags, Pooling::kSum, sums.data<float>().data());
  });
  if (!pass.tape || (trained == nullptr && !weights.is_recorded())) return sums;
  const std::span<const Value> by(&weights, 1);
  const Tensor vectors = weights.is_recorded() ? table::lookup(table, ids) : Tensor();
  return pass.tape->record(
      {sums,
       [=, &table, first = std::move(first), given = weights.tensor()](Slopes& slopes) {
         if (trained != nullptr) {
           slopes.add(*trained, with_bags(ids, first, given, [&](const auto& bags) {
             return table::bags_gradient(table, bags, Pooling::kSum,
                                         std::as_const(slopes.of()).data<float>().data());
           }));
         }
         if (slopes.wants(0)) slopes.add(0, weights_gradient(vectors, slopes.of(), shape));
       }},
      Arguments(by));
}

}  // namespace keratin::ops::nn
