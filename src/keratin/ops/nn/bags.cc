// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/bags.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/ops/nn/tasks.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/embedding_table.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

/// Bags as they were looked up: what their way back reads.
struct CombinedBags {
  std::optional<table::TrainingLookup> rows;
  Combiner combiner;
  const Variable* trained;
  bool weights_want;
  std::int64_t bags, steps, width;
  Tensor weights, vectors;
  std::vector<float> divisors;  // one a bag; none of a sum
};

const float* weights_or_null(const Tensor& weights) {
  return weights ? std::as_const(weights).data<float>().data() : nullptr;
}

std::vector<float> divisors_of(const TableBags& bags) {
  if (bags.combiner == Combiner::kSum) return {};
  const bool is_mean = bags.combiner == Combiner::kMean;
  const Shape& shape = bags.ids.shape();
  const auto divisor = [is_mean](double sum) {
    return is_mean ? static_cast<float>(sum) : std::sqrt(static_cast<float>(sum));
  };
  std::vector<float> divisors(static_cast<std::size_t>(shape[0]),
                              divisor(static_cast<double>(shape[1])));
  if (!bags.weights) return divisors;
  const float* weight = std::as_const(bags.weights.tensor()).data<float>().data();
  for (float& of_bag : divisors) {
    double sum = 0;
    for (std::int64_t i = 0; i < shape[1]; ++i, ++weight)
      sum += is_mean ? double{*weight} : double{*weight} * double{*weight};
    of_bag = divisor(sum);
  }
  return divisors;
}

/// out[b] = from[b] / divisors[b], 0 where that is 0; the same where there are none.
void divide(const float* from, const std::vector<float>& divisors, std::int64_t width, float* out) {
  const auto bags = static_cast<std::int64_t>(divisors.size());
  parallel::for_chunks(bags, items_per_task(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const float divisor = divisors[static_cast<std::size_t>(b)];
      for (std::int64_t i = b * width; i < (b + 1) * width; ++i)
        out[i] = divisor == 0 ? 0 : from[i] / divisor;
    }
  });
}

/// Looks them up; `keeps`: what the way back reads stays.
CombinedBags combined(const TableBags& bags, bool keeps) {
  CombinedBags all{.rows = {},
                   .combiner = bags.combiner,
                   .trained = bags.trained,
                   .weights_want = bags.weights.is_recorded(),
                   .bags = bags.ids.shape()[0],
                   .steps = bags.ids.shape()[1],
                   .width = bags.table->width(),
                   .weights = bags.weights ? bags.weights.tensor() : Tensor(),
                   .vectors = {},
                   .divisors = {}};
  if (bags.ids.size() == 0) {
    all.vectors = Tensor::zeros({all.bags, all.width});
    return all;
  }
  const float* const weights = weights_or_null(all.weights);
  if (keeps && (all.trained != nullptr || all.weights_want)) {
    all.rows.emplace(*bags.table, bags.ids);
    all.vectors = all.rows->pooled(Pooling::kSum, MaskedSteps::kNone, weights);
  } else {
    all.vectors =
        table::lookup_pooled(*bags.table, bags.ids, Pooling::kSum, MaskedSteps::kNone, weights);
  }
  all.divisors = divisors_of(bags);
  float* const out = all.vectors.data<float>().data();
  divide(out, all.divisors, all.width, out);
  return all;
}

float dot(const float* a, const float* b, std::int64_t width) {
  double sum = 0;
  for (std::int64_t d = 0; d < width; ++d) sum += double{a[d]} * double{b[d]};
  return static_cast<float>(sum);
}

/// Of v = s / d, s the sum of w r, the derivative by w is r / d - v d' / d, d' that of d: 1 of a
/// mean, w / d of a root of squares. `gradient` is that of s.
Tensor weights_gradient(const CombinedBags& all, const Tensor& gradient) {
  Tensor result = all.rows->products(gradient);
  if (all.combiner == Combiner::kSum) return result;
  const float* const vectors = std::as_const(all.vectors).data<float>().data();
  const float* const weights = weights_or_null(all.weights);
  const float* const slopes = std::as_const(gradient).data<float>().data();
  float* const out = result.data<float>().data();
  for (std::int64_t b = 0; b < all.bags; ++b) {
    const float divisor = all.divisors[static_cast<std::size_t>(b)];
    if (divisor == 0) {
      // As in Keras: the root of nothing has no slope.
      if (all.combiner == Combiner::kSqrtn)
        std::fill_n(out + b * all.steps, all.steps, std::numeric_limits<float>::quiet_NaN());
      continue;
    }
    const float shared = dot(vectors + b * all.width, slopes + b * all.width, all.width);
    for (std::int64_t i = b * all.steps; i < (b + 1) * all.steps; ++i)
      out[i] -= all.combiner == Combiner::kMean ? shared : shared * (weights[i] / divisor);
  }
  return result;
}

struct BagGradients {
  SparseRows rows;
  Tensor weights;
};

BagGradients gradients_of(const CombinedBags& all, const Tensor& gradient) {
  BagGradients found;
  if (!gradient || !all.rows) return found;
  Tensor of_sums = gradient.reshaped({all.bags, all.width});
  if (!all.divisors.empty()) {
    of_sums = uninitialized({all.bags, all.width});
    divide(gradient.data<float>().data(), all.divisors, all.width, of_sums.data<float>().data());
  }
  if (all.trained != nullptr) {
    found.rows = all.rows->pooled_gradient(Pooling::kSum, MaskedSteps::kNone, {}, of_sums,
                                           weights_or_null(all.weights));
  }
  if (all.weights_want) found.weights = weights_gradient(all, of_sums);
  return found;
}

}  // namespace

Values combine_bags(std::span<const TableBags> all, const Pass& pass) {
  const auto count = static_cast<std::int64_t>(all.size());
  std::vector<CombinedBags> found(all.size());
  parallel::for_chunks(count, 1, [&](std::int64_t i, std::int64_t) {
    found[static_cast<std::size_t>(i)] =
        combined(all[static_cast<std::size_t>(i)], pass.tape != nullptr);
  });
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < found.size(); ++i)
    outputs.push_back(found[i].vectors.reshaped(all[i].shape));
  if (std::ranges::none_of(found, [](const CombinedBags& bags) { return bags.rows.has_value(); }))
    return std::vector<Value>(outputs.begin(), outputs.end());
  std::vector<const Value*> weights;
  for (const TableBags& bags : all) weights.push_back(&bags.weights);
  Result result{std::move(outputs)};
  result.pullback = [kept = std::move(found)](Slopes& slopes) {
    std::vector<BagGradients> gradients(kept.size());
    parallel::for_chunks(static_cast<std::int64_t>(kept.size()), 1,
                         [&](std::int64_t at, std::int64_t) {
                           const auto i = static_cast<std::size_t>(at);
                           gradients[i] = gradients_of(kept[i], slopes.of(i));
                         });
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!kept[i].rows || !slopes.of(i)) continue;
      if (kept[i].trained != nullptr) slopes.add(*kept[i].trained, std::move(gradients[i].rows));
      if (kept[i].weights_want) slopes.add(i, std::move(gradients[i].weights));
    }
  };
  return pass.tape->record(std::move(result), Arguments(std::span<const Value* const>(weights)));
}

}  // namespace keratin::ops::nn
