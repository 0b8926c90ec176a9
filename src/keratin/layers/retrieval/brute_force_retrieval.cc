// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/brute_force_retrieval.h"

#include <type_traits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/places.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/sorting.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

const BruteForceRetrievalOptions& checked(const BruteForceRetrievalOptions& o) {
  if (o.candidate_ids && !o.candidate_embeddings) {
    invalid_argument("BruteForceRetrieval",
                     "candidate_ids must come with candidate_embeddings. Received: ids of shape ",
                     o.candidate_ids.shape(), " alone");
  }
  return o;
}

/// The ids as int32, in memory of their own; null of null.
Tensor as_int32(const Tensor& ids, std::string_view name) {
  if (!ids) return {};
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
    : Configured(options, base_options(kName, checked(options)), options.k, options.return_scores) {
  build_at_init();
  if (options.candidate_embeddings)
    update_candidates(options.candidate_embeddings, options.candidate_ids);
  options_.candidate_embeddings = options_.candidate_ids = Tensor();
}

const Shape* BruteForceRetrieval::candidates_shape() const {
  if (shared_) return &shared_->shape();
  return embeddings_ ? &embeddings_.shape() : nullptr;
}

void BruteForceRetrieval::update_candidates(const Tensor& embeddings, const Tensor& ids) {
  if (!embeddings) {
    invalid_argument(kName, "layer '", name(),
                     "': candidate_embeddings must have the shape (candidates, width). Received: "
                     "none");
  }
  check_candidates(embeddings.shape(), ids);
  Tensor new_ids = as_int32(ids, name());
  Tensor values = copy_of(cast(embeddings, DType::kFloat32)).with_mask({});
  if (shared_) {
    if (embeddings.shape() != shared_->shape()) {
      invalid_argument(kName, "layer '", name(), "' shares its candidates, the weight '",
                       shared_->path(), "' of shape ", shared_->shape(),
                       ". Received candidates of shape: ", embeddings.shape());
    }
    shared_->assign(values);
  } else {
    embeddings_ = std::move(values);
  }
  ids_ = std::move(new_ids);
}

void BruteForceRetrieval::share_candidates(std::shared_ptr<Variable> embeddings,
                                           const Tensor& ids) {
  if (embeddings) check_candidates(embeddings->shape(), ids);
  Tensor new_ids = embeddings ? as_int32(ids, name()) : Tensor();
  if (shared_) remove_weight(*shared_);
  shared_ = std::move(embeddings);
  if (shared_) add_weight(shared_);
  embeddings_ = Tensor();
  ids_ = std::move(new_ids);
}

Shape BruteForceRetrieval::compute_output_shape(const Shape& input_shape) const {
  Shape shape = input_shape;
  const Shape* const candidates = candidates_shape();
  if (shape.rank() == 0 ||
      (candidates != nullptr && shape.back() != kNone && shape.back() != (*candidates)[1])) {
    invalid_argument(kName, "layer '", name(), "' takes queries (..., ",
                     candidates != nullptr ? str((*candidates)[1]) : "width",
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

Values BruteForceRetrieval::call(const Inputs& inputs, Pass& pass) const {
  if (candidates_shape() == nullptr) {
    wrong_moment(kName, "layer '", name(),
                 "' has no candidates yet: update_candidates() gives it some.");
  }
  const Value candidates = shared_ ? value(0, pass) : Value(embeddings_);
  const Value scores = compute_score(inputs[0].with_mask({}), candidates);
  Values best = ops::top_k(scores, options_.k);
  Value found = best[1];
  if (ids_) found = ops::take(Value(ids_), found, 0);
  if (!options_.return_scores) return found;
  return Values{best[0], found};
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::BruteForceRetrieval, layers::BruteForceRetrievalOptions,
                          layers::LayerOf<layers::BruteForceRetrieval, layers::Retrieval>>;
}  // namespace keratin
