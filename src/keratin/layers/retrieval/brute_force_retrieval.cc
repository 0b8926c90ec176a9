// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/brute_force_retrieval.h"

#include <type_traits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/places.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/sorting.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

const BruteForceRetrievalOptions& checked(const BruteForceRetrievalOptions& o) {
  if (o.k < 1) invalid_argument("BruteForceRetrieval", "k must be positive. Received: ", o.k);
  if (o.candidate_ids && !o.candidate_embeddings) {
    invalid_argument("BruteForceRetrieval",
                     "candidate_ids must come with candidate_embeddings. Received: ids of shape ",
                     o.candidate_ids.shape(), " alone");
  }
  return o;
}

/// The ids as int32, in memory of their own.
Tensor as_int32(const Tensor& ids, std::string_view name) {
  Tensor result = uninitialized(ids.shape(), DType::kInt32);
  const auto out = result.data<std::int32_t>();
  visit_dtype(ids.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_integral_v<T> || std::is_same_v<T, bool>) {
      invalid_argument("BruteForceRetrieval", "layer '", name,
                       "': candidate_ids must be integers. Received: ", to_string(ids.dtype()));
    } else {
      const auto in = ids.data<T>();
      for (std::size_t i = 0; i < in.size(); ++i) {
        if (!std::in_range<std::int32_t>(in[i])) {
          invalid_argument("BruteForceRetrieval", "layer '", name,
                           "': candidate_ids must be int32. Received: ", in[i], " at ", i);
        }
        out[i] = static_cast<std::int32_t>(in[i]);
      }
    }
  });
  return result;
}

}  // namespace

template <class F>
void fields(F& f, BruteForceRetrievalOptions& o) {
  common_fields(f, o);
  f("k", o.k);
  f("return_scores", o.return_scores);
}

BruteForceRetrieval::BruteForceRetrieval(BruteForceRetrievalOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  build_at_init();
  if (options.candidate_embeddings)
    update_candidates(options.candidate_embeddings, options.candidate_ids);
  options_.candidate_embeddings = options_.candidate_ids = Tensor();
}

void BruteForceRetrieval::update_candidates(const Tensor& embeddings, const Tensor& ids) {
  if (!embeddings || embeddings.shape().rank() != 2) {
    invalid_argument(kName, "layer '", name(),
                     "': candidate_embeddings must have the shape (candidates, width). Received: ",
                     embeddings ? to_string(embeddings.shape()) : "none");
  }
  const std::int64_t number = embeddings.shape()[0];
  if (number < options_.k) {
    invalid_argument(kName, "layer '", name(), "' retrieves k=", options_.k,
                     " candidates: there must be as many. Received: ", number);
  }
  if (ids && ids.shape() != Shape{number}) {
    invalid_argument(kName, "layer '", name(), "': candidate_ids must have the shape (", number,
                     ",), one a row of candidate_embeddings. Received: ", ids.shape());
  }
  Tensor new_ids = ids ? as_int32(ids, name()) : Tensor();
  embeddings_ = copy_of(cast(embeddings, DType::kFloat32)).with_mask({});
  ids_ = std::move(new_ids);
}

Shape BruteForceRetrieval::compute_output_shape(const Shape& input_shape) const {
  Shape shape = input_shape;
  if (shape.rank() == 0 ||
      (embeddings_ && shape.back() != kNone && shape.back() != embeddings_.shape()[1])) {
    invalid_argument(kName, "layer '", name(), "' takes queries (..., ",
                     embeddings_ ? str(embeddings_.shape()[1]) : "width",
                     ") as wide as the candidates. Received shape: ", shape);
  }
  shape[shape.rank() - 1] = options_.k;
  return shape;
}

std::vector<Spec> BruteForceRetrieval::compute_output_spec(const Inputs& inputs) const {
  const Shape shape = compute_output_shape(inputs[0].shape());
  if (!options_.return_scores) return {{shape, DType::kInt32}};
  return {{shape, DType::kFloat32}, {shape, DType::kInt32}};
}

Values BruteForceRetrieval::call(const Inputs& inputs, Pass&) const {
  if (!embeddings_) {
    wrong_moment(kName, "layer '", name(),
                 "' has no candidates yet: update_candidates() gives it some.");
  }
  const Value scores = ops::matmul_transposed(inputs[0].with_mask({}), Value(embeddings_));
  Values best = ops::top_k(scores, options_.k);
  Value found = best[1];
  if (ids_) found = ops::take(Value(ids_), found, 0);
  if (!options_.return_scores) return found;
  return Values{best[0], found};
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::BruteForceRetrieval, layers::BruteForceRetrievalOptions,
                          layers::LayerOf<layers::BruteForceRetrieval>>;
}  // namespace keratin
