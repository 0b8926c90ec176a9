// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/sampled.h"

#include <algorithm>
#include <limits>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/kernels/smooth.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/crossentropies.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/places.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/shapes.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/ids.h"

namespace keratin::ops::nn {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

/// (B, S): kLowest where class s is a label of sample b, else 0; none where there is no such hit.
Tensor accidental_hits(const Tensor& labels, const Tensor& sampled) {
  const std::int64_t samples = labels.shape()[0], each = labels.shape()[1];
  const std::int64_t count = sampled.shape()[0];
  std::unordered_multimap<std::int64_t, std::int64_t> places;
  for (std::int64_t s = 0; s < count; ++s)
    places.emplace(std::as_const(sampled).data<std::int64_t>()[static_cast<std::size_t>(s)], s);
  Tensor hits;
  const std::span<const std::int64_t> label = labels.data<std::int64_t>();
  for (std::int64_t i = 0; i < samples * each; ++i) {
    const auto [first, last] = places.equal_range(label[static_cast<std::size_t>(i)]);
    for (auto at = first; at != last; ++at) {
      if (!hits) hits = Tensor::zeros({samples, count});
      hits.data<float>()[static_cast<std::size_t>(i / each * count + at->second)] = kLowest;
    }
  }
  return hits;
}

/// A class that is never drawn has no log of its share.
void check_expected_counts(const Tensor& labels, const Tensor& counts) {
  const std::span<const float> all = counts.data<float>();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] > 0) continue;
    invalid_argument("CandidateSampler", "class ", labels.data<std::int64_t>()[i],
                     " is a label, but is never drawn: its expected count is ", all[i],
                     ", whose log cannot be subtracted (subtract_log_q).");
  }
}

/// Each label as int64 (B, T).
Tensor labels_of(const Tensor& labels, const Tensor& inputs, std::int64_t classes,
                 std::string_view who) {
  const std::int64_t samples = inputs.shape().rank() == 2 ? inputs.shape()[0] : -1;
  if (!labels || labels.shape().rank() < 1 || labels.shape().rank() > 2 ||
      labels.shape()[0] != samples || labels.shape().size() == 0) {
    invalid_argument(who, "labels must be (B, T) or (B,) and inputs (B, D), not empty. Received: ",
                     labels ? labels.shape() : Shape(), " and ", inputs.shape());
  }
  Tensor converted;
  const Tensor& ids = table::checked_ids(labels, classes, {who, who, "loss"}, converted);
  return keratin::cast(ids, DType::kInt64).reshaped({samples, labels.shape().size() / samples});
}

Value sampled_loss(std::string_view who, const Value& weights, const Value& biases,
                   const Tensor& labels, const Value& inputs,
                   const random::SampledCandidates& candidates, const SampledLossOptions& options,
                   Value (*loss)(const Value&, std::int64_t)) {
  const Value w = cast(weights, DType::kFloat32), x = cast(inputs, DType::kFloat32);
  if (w.shape().rank() != 2 || x.shape().rank() != 2 || x.shape()[1] != w.shape()[1]) {
    invalid_argument(who, "weights must be (V, D) and inputs (B, D). Received: ", w.shape(),
                     " and ", x.shape());
  }
  const std::int64_t classes = w.shape()[0];
  if (biases && biases.shape() != Shape{classes}) {
    invalid_argument(who, "biases must be (V,), of ", classes, ". Received: ", biases.shape());
  }
  const Tensor ids = labels_of(labels, x.tensor(), classes, who);
  const auto& [sampled, of_true, of_sampled] = candidates;
  Tensor converted;
  if (!sampled || sampled.shape().rank() != 1 || of_true.shape().size() != ids.shape().size() ||
      of_sampled.shape() != sampled.shape()) {
    invalid_argument(who,
                     "sampled_values must be S classes, an expected count for each label and one "
                     "for each class drawn. Received shapes: ",
                     sampled ? sampled.shape() : Shape(), ", ", of_true ? of_true.shape() : Shape(),
                     " and ", of_sampled ? of_sampled.shape() : Shape());
  }
  const Tensor drawn = keratin::cast(
      table::checked_ids(sampled, classes, {who, who, "loss"}, converted), DType::kInt64);
  const auto rows = [&](const Value& of, const Tensor& which) {
    return take(of, Value(which.reshaped({which.shape().size()})), 0);
  };
  const Value column =
      biases ? expand_dims(cast(biases, DType::kFloat32), std::int64_t{1}) : Value();
  const SampledRows read{rows(w, ids), biases ? rows(column, ids) : Value(), rows(w, drawn),
                         biases ? rows(column, drawn) : Value()};
  return loss(sampled_logits(x, ids, read, {drawn, of_true, of_sampled}, options), ids.shape()[1]);
}

}  // namespace

Value sampled_logits(const Value& inputs, const Tensor& labels, const SampledRows& rows,
                     const random::SampledCandidates& candidates,
                     const SampledLossOptions& options) {
  const std::int64_t samples = labels.shape()[0], each = labels.shape()[1];
  const std::int64_t count = candidates.sampled_candidates.shape()[0];
  const std::int64_t width = inputs.shape()[1];
  const Value x = each == 1 ? inputs : reshape(inputs, {samples, 1, width});
  const Value w =
      each == 1 ? rows.true_weights : reshape(rows.true_weights, {samples, each, width});
  Value of_true = reshape(sum(multiply(x, w), -1), {samples, each});
  Value of_sampled = matmul_transposed(inputs, rows.sampled_weights);
  if (rows.true_biases) {
    of_true = add(of_true, reshape(rows.true_biases, {samples, each}));
    of_sampled = add(of_sampled, reshape(rows.sampled_biases, {1, count}));
  }
  if (options.remove_accidental_hits) {
    const Tensor hits = accidental_hits(labels, candidates.sampled_candidates);
    if (hits) of_sampled = add(of_sampled, Value(hits));
  }
  if (options.subtract_log_q) {
    check_expected_counts(labels, candidates.true_expected_count);
    of_true =
        subtract(of_true, log(Value(candidates.true_expected_count.reshaped({samples, each}))));
    of_sampled = subtract(of_sampled, log(Value(candidates.sampled_expected_count)));
  }
  return concatenate({of_true, of_sampled}, 1);
}

Value sampled_softmax(const Value& logits, std::int64_t num_true) {
  const std::int64_t samples = logits.shape()[0], each = logits.shape()[1];
  if (num_true == 1) {
    const Value label(Tensor::zeros({samples}, DType::kInt64));
    return sparse_categorical_crossentropy(label, logits, true);
  }
  Tensor target = Tensor::zeros({samples, each});
  float* const to = target.data<float>().data();
  for (std::int64_t i = 0; i < samples; ++i)
    std::fill_n(to + i * each, num_true, 1 / static_cast<float>(num_true));
  return categorical_crossentropy(Value(target), logits, true);
}

namespace {

/// The sum over a sample's logits x of softplus(x) - z x = z softplus(-x) + (1 - z) softplus(x),
/// whose terms do not cancel: z is 1 / num_true for the first num_true of them, 0 for the others.
class SampledLogistic final : public Op {
 public:
  explicit SampledLogistic(std::int64_t num_true) : num_true_(num_true) {}
  std::string_view class_name() const override { return "SampledLogistic"; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    return {{Shape{inputs[0].shape()[0]}}};
  }
  Result forward(const Arguments& x) const override;

 private:
  /// Calls body(sample, plus, minus) with f(x) of a sample's logits x, and f(-x) of the true ones.
  template <class Body>
  void for_samples(const Tensor& logits, void (*f)(std::int64_t, const float*, float*),
                   const Body& body) const {
    constexpr std::int64_t kLogitsInTask = 1 << 13;
    const std::int64_t samples = logits.shape()[0], each = logits.shape()[1];
    const std::int64_t chunk = parallel::even_chunk(samples, each, kLogitsInTask);
    parallel::for_chunks(samples, chunk, [&](std::int64_t begin, std::int64_t end) {
      const float* const from = logits.data<float>().data() + begin * each;
      const std::int64_t count = end - begin;
      std::vector<float> plus(static_cast<std::size_t>(count * each));
      std::vector<float> minus(static_cast<std::size_t>(count * num_true_));
      for (std::int64_t i = 0; i < count * num_true_; ++i)
        minus[static_cast<std::size_t>(i)] = -from[i / num_true_ * each + i % num_true_];
      f(count * each, from, plus.data());
      f(count * num_true_, minus.data(), minus.data());
      for (std::int64_t i = 0; i < count; ++i)
        body(begin + i, plus.data() + i * each, minus.data() + i * num_true_);
    });
  }

  std::int64_t num_true_;
};

Result SampledLogistic::forward(const Arguments& x) const {
  const Tensor logits = keratin::cast(x[0], DType::kFloat32);
  const std::int64_t each = logits.shape()[1], num_true = num_true_;
  const float target = 1.0F / static_cast<float>(num_true);
  Tensor loss = uninitialized({logits.shape()[0]});
  float* const to = loss.data<float>().data();
  for_samples(logits, kernels::softplus,
              [&](std::int64_t sample, const float* plus, const float* minus) {
                double of_true = 0, of_others = 0;
                for (std::int64_t t = 0; t < num_true; ++t) {
                  of_true += static_cast<double>(target * minus[t]);
                  if (num_true > 1) of_true += static_cast<double>((1 - target) * plus[t]);
                }
                for (std::int64_t i = num_true; i < each; ++i)
                  of_others += static_cast<double>(plus[i]);
                to[sample] = static_cast<float>(of_true + of_others);
              });
  Result result{loss};
  if (!x.wants_any()) return result;
  const auto self = std::static_pointer_cast<const SampledLogistic>(shared_from_this());
  result.pullback = [self, logits, target, each, num_true](Slopes& slopes) {
    const float* const slope = slopes.of().data<float>().data();
    Tensor back = uninitialized(logits.shape());
    float* const all = back.data<float>().data();
    self->for_samples(logits, kernels::sigmoid,
                      [&](std::int64_t sample, const float* plus, const float* minus) {
                        float* const to = all + sample * each;
                        for (std::int64_t i = 0; i < each; ++i) to[i] = slope[sample] * plus[i];
                        for (std::int64_t t = 0; t < num_true; ++t) {
                          const float below = num_true > 1 ? (1 - target) * plus[t] : 0;
                          to[t] = slope[sample] * (below - target * minus[t]);
                        }
                      });
    slopes.add(0, std::move(back));
  };
  return result;
}

}  // namespace

Value sampled_logistic(const Value& logits, std::int64_t num_true) {
  return apply_op(std::make_shared<const SampledLogistic>(num_true), logits);
}

Value sampled_softmax_loss(const Value& weights, const Value& biases, const Tensor& labels,
                           const Value& inputs, const random::SampledCandidates& candidates,
                           const SampledLossOptions& options) {
  return sampled_loss("sampled_softmax_loss", weights, biases, labels, inputs, candidates, options,
                      &sampled_softmax);
}

Value nce_loss(const Value& weights, const Value& biases, const Tensor& labels, const Value& inputs,
               const random::SampledCandidates& candidates, const SampledLossOptions& options) {
  return sampled_loss("nce_loss", weights, biases, labels, inputs, candidates, options,
                      &sampled_logistic);
}

}  // namespace keratin::ops::nn
