// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/sampled.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/inner_product.h"
#include "keratin/graph/op.h"
#include "keratin/kernels/matmul.h"
#include "keratin/kernels/smooth.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/crossentropies.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/places.h"
#include "keratin/ops/shapes.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/ids.h"

namespace keratin::ops::nn {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

/// body(i, s) for each class s drawn that is a label of sample i.
template <class Body>
void for_accidental_hits(const Tensor& labels, const Tensor& sampled, const Body& body) {
  const std::int64_t each = labels.shape()[1];
  std::unordered_multimap<std::int64_t, std::int64_t> places;
  for (std::int64_t s = 0; s < sampled.shape()[0]; ++s)
    places.emplace(sampled.data<std::int64_t>()[static_cast<std::size_t>(s)], s);
  const std::span<const std::int64_t> label = labels.data<std::int64_t>();
  for (std::int64_t i = 0; i < std::ssize(label); ++i) {
    const auto [first, last] = places.equal_range(label[static_cast<std::size_t>(i)]);
    for (auto at = first; at != last; ++at) body(i / each, at->second);
  }
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

/// B samples with T labels each, S classes drawn, vectors of D.
struct LogitSizes {
  std::int64_t samples, each, drawn, width;
  std::int64_t labels() const { return samples * each; }
  std::int64_t row() const { return each + drawn; }
  /// Adds a number for each label and one for each class drawn to the logits (B, T + S).
  void add(const float* of_labels, const float* of_drawn, float* logits) const {
    for (std::int64_t i = 0; i < samples; ++i) {
      float* const to = logits + i * row();
      for (std::int64_t t = 0; t < each; ++t) to[t] += of_labels[i * each + t];
      for (std::int64_t s = 0; s < drawn; ++s) to[each + s] += of_drawn[s];
    }
  }
};

/// x (B, D) times its labels' rows of the weights, and times those that were drawn: (B, T + S).
Tensor products_of(const Tensor& inputs, const Tensor& weights, const LogitSizes& s) {
  Tensor logits = uninitialized({s.samples, s.row()});
  float* const to = logits.data<float>().data();
  const float* const x = elements(inputs);
  const float* const w = elements(weights);
  kernels::matmul({x}, {w + s.labels() * s.width, true}, s.samples, s.width, s.drawn, false,
                  to + s.each, s.row());
  for (std::int64_t i = 0; i < s.samples; ++i) {
    for (std::int64_t t = 0; t < s.each; ++t)
      to[i * s.row() + t] = static_cast<float>(
          inner_product(x + i * s.width, w + (i * s.each + t) * s.width, s.width));
  }
  return logits;
}

/// What inputs, weights and biases get of the logits' slope. That of a class drawn is a sum over
/// the samples, that of a label is its sample's alone.
void pull_back(Slopes& slopes, const Tensor& inputs, const Tensor& weights, const LogitSizes& s) {
  const float* const g = elements(slopes.of());
  const float* const x = elements(inputs);
  const float* const w = elements(weights);
  const kernels::MatrixView of_drawn{g + s.each, false, s.row()};
  const std::int64_t drawn_weights = s.labels() * s.width;
  if (slopes.wants(0)) {
    Tensor slope = uninitialized(inputs.shape());
    float* const to = slope.data<float>().data();
    kernels::matmul(of_drawn, {w + drawn_weights}, s.samples, s.drawn, s.width, false, to);
    for (std::int64_t label = 0; label < s.labels(); ++label) {
      const std::int64_t i = label / s.each, t = label % s.each;
      for (std::int64_t k = 0; k < s.width; ++k)
        to[i * s.width + k] += g[i * s.row() + t] * w[label * s.width + k];
    }
    slopes.add(0, std::move(slope));
  }
  if (slopes.wants(1)) {
    Tensor slope = uninitialized(weights.shape());
    float* const to = slope.data<float>().data();
    for (std::int64_t label = 0; label < s.labels(); ++label) {
      const std::int64_t i = label / s.each, t = label % s.each;
      for (std::int64_t k = 0; k < s.width; ++k)
        to[label * s.width + k] = g[i * s.row() + t] * x[i * s.width + k];
    }
    kernels::matmul({of_drawn.data, true, of_drawn.row}, {x}, s.drawn, s.samples, s.width, false,
                    to + drawn_weights);
    slopes.add(1, std::move(slope));
  }
  if (slopes.wants(2)) {
    Tensor slope = Tensor::zeros({s.labels() + s.drawn, 1});
    float* const to = slope.data<float>().data();
    for (std::int64_t i = 0; i < s.samples; ++i) {
      const float* const row = g + i * s.row();
      std::copy(row, row + s.each, to + i * s.each);
      for (std::int64_t d = 0; d < s.drawn; ++d) to[s.labels() + d] += row[s.each + d];
    }
    slopes.add(2, std::move(slope));
  }
}

/// Of each number.
std::vector<float> minus_log(const Tensor& counts) {
  std::vector<float> logs;
  for (const float count : counts.data<float>()) logs.push_back(-std::log(count));
  return logs;
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
  const Value which(concatenate({ids.reshaped({ids.shape().size()}), drawn}).tensor());
  const SampledRows read{
      take(w, which, 0),
      biases ? take(expand_dims(cast(biases, DType::kFloat32), std::int64_t{1}), which, 0)
             : Value()};
  return loss(sampled_logits(x, ids, read, {drawn, of_true, of_sampled}, options), ids.shape()[1]);
}

}  // namespace

Value sampled_logits(const Value& inputs, const Tensor& labels, const SampledRows& rows,
                     const random::SampledCandidates& candidates,
                     const SampledLossOptions& options) {
  if (options.subtract_log_q) check_expected_counts(labels, candidates.true_expected_count);
  return compute({&inputs, &rows.weights, &rows.biases}, [&](const Arguments& in) {
    const LogitSizes sizes{labels.shape()[0], labels.shape()[1],
                           candidates.sampled_candidates.shape()[0], in[0].shape()[1]};
    Result result{products_of(in[0], in[1], sizes)};
    float* const to = result.outputs[0].data<float>().data();
    if (in[2]) sizes.add(elements(in[2]), elements(in[2]) + sizes.labels(), to);
    if (options.remove_accidental_hits) {
      for_accidental_hits(
          labels, candidates.sampled_candidates,
          [&](std::int64_t i, std::int64_t s) { to[i * sizes.row() + sizes.each + s] += kLowest; });
    }
    if (options.subtract_log_q) {
      sizes.add(minus_log(candidates.true_expected_count).data(),
                minus_log(candidates.sampled_expected_count).data(), to);
    }
    if (in.wants_any()) {
      result.pullback = [x = in[0], weights = in[1], sizes](Slopes& slopes) {
        pull_back(slopes, x, weights, sizes);
      };
    }
    return result;
  });
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
