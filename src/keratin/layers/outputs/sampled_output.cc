// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/outputs/sampled_output.h"

#include <span>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/outputs/whole_table.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/nn/sampled.h"
#include "keratin/ops/places.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/statistics.h"
#include "keratin/random/candidate_sampler.h"

namespace keratin::layers {
namespace {

random::CandidateSamplerOptions distribution_of(const SampledSoftmaxOptions& o) {
  return {.range_max = o.units, .unigrams = o.unigrams, .distortion = o.distortion};
}

/// NCE's options are those of SampledSoftmax.
SampledSoftmaxOptions as_sampled(const NCEOptions& o) {
  return {.units = o.units,
          .num_sampled = o.num_sampled,
          .sampler = o.sampler,
          .unigrams = o.unigrams,
          .distortion = o.distortion,
          .unique = o.unique,
          .remove_accidental_hits = o.remove_accidental_hits,
          .subtract_log_q = o.subtract_log_q,
          .use_bias = o.use_bias,
          .kernel_initializer = o.kernel_initializer,
          .bias_initializer = o.bias_initializer,
          .kernel_regularizer = o.kernel_regularizer,
          .bias_regularizer = o.bias_regularizer,
          .activity_regularizer = o.activity_regularizer,
          .kernel_constraint = o.kernel_constraint,
          .bias_constraint = o.bias_constraint,
          .seed = o.seed,
          .name = o.name,
          .trainable = o.trainable};
}

template <class F, class Options>
void sampled_fields(F& f, Options& o) {
  common_fields(f, o);
  f("units", o.units);
  f("num_sampled", o.num_sampled);
  f("sampler", o.sampler);
  f("unigrams", o.unigrams);
  f("distortion", o.distortion);
  f("unique", o.unique);
  f("remove_accidental_hits", o.remove_accidental_hits);
  f("subtract_log_q", o.subtract_log_q);
  f("use_bias", o.use_bias);
  kernel_and_bias_fields(f, o);
  f("seed", o.seed);
}

void check(std::string_view who, const SampledSoftmaxOptions& o) {
  if (o.units < 1) invalid_argument(who, "units must be positive. Received: ", o.units);
  if (o.num_sampled < 1 || (o.unique && o.num_sampled > o.units)) {
    invalid_argument(who, "num_sampled must be positive", o.unique ? ", and units at most" : "",
                     ". Received: ", o.num_sampled, " of ", o.units, " units");
  }
  random::check_candidate_sampler(o.sampler, distribution_of(o));
}

Value labels_among(const Value& logits, const Tensor& labels) {
  return ops::take_along_axis(logits, Value(labels), -1);
}

}  // namespace

template <class F>
void fields(F& f, SampledSoftmaxOptions& o) {
  sampled_fields(f, o);
}
template <class F>
void fields(F& f, NCEOptions& o) {
  sampled_fields(f, o);
}

SampledOutput::SampledOutput(std::string_view class_name, SampledSoftmaxOptions options)
    : LabelledOutput(base_options(class_name, options)), sampling_(std::move(options)) {
  check(class_name, sampling_);
  seed_ = random::seed_or_default(sampling_.seed);
}
SampledOutput::~SampledOutput() = default;
SampledOutput::SampledOutput(SampledOutput&&) noexcept = default;

std::int64_t SampledOutput::classes() const { return sampling_.units; }

std::string_view SampledOutput::name_of_part(std::size_t i) const {
  return i == 0 ? "kernel" : "bias";
}

void SampledOutput::build_width(std::int64_t width) {
  const SampledSoftmaxOptions& o = sampling_;
  auto sampler = random::candidate_sampler(o.sampler, distribution_of(o));
  std::vector<std::shared_ptr<Layer>> parts;
  parts.push_back(shared(Embedding({.input_dim = o.units,
                                    .output_dim = width,
                                    .embeddings_initializer = o.kernel_initializer,
                                    .embeddings_regularizer = o.kernel_regularizer,
                                    .embeddings_constraint = o.kernel_constraint,
                                    .name = "kernel",
                                    .trainable = trainable()})));
  if (o.use_bias) {
    parts.push_back(shared(Embedding({.input_dim = o.units,
                                      .output_dim = 1,
                                      .embeddings_initializer = o.bias_initializer,
                                      .embeddings_regularizer = o.bias_regularizer,
                                      .embeddings_constraint = o.bias_constraint,
                                      .name = "bias",
                                      .trainable = trainable()})));
  }
  for (const auto& part : parts) part->build({kNone});
  parts_ = std::move(parts);
  sampler_ = std::move(sampler);
}

Value SampledOutput::rows_of(std::size_t part, const Tensor& ids, Pass& pass) const {
  if (part >= parts_.size()) return {};
  return parts_[part]->run(Inputs(Value(ids)), pass);
}

/// Before draw number `draw`: labels of steps that were taken are learnt, and those of a step that
/// was not are forgotten.
void SampledOutput::settle_learnt(std::int64_t draw) const {
  for (const Learnt& one : learnt_) {
    if (one.draw < draws()) sampler_->learn(one.labels);
  }
  std::erase_if(learnt_, [&](const Learnt& one) { return one.draw < draws() || one.draw >= draw; });
}

Value SampledOutput::losses(const Value& x, const Tensor& labels, Pass& pass) const {
  if (!pass.training) {
    const Value logits = scores(x, pass);
    return loss_of_all(logits, labels_among(logits, labels));
  }
  const SampledSoftmaxOptions& o = sampling_;
  const std::int64_t draw = pass.draw(*this);
  settle_learnt(draw);
  random::Key key = random::key_from_seed(seed_);
  key.b += static_cast<std::uint32_t>(draw);
  const random::SampledCandidates drawn = sampler_->sample(labels, o.num_sampled, o.unique, key);
  if (sampler_->learns()) {
    const auto learnt = labels.data<std::int64_t>();
    learnt_.push_back({draw, {learnt.begin(), learnt.end()}});
  }
  const Tensor& sampled = drawn.sampled_candidates;
  // One look-up of both: where they name one row its gradients are summed once.
  const Tensor ids = ops::concatenate({labels.reshaped({labels.shape().size()}), sampled}).tensor();
  const ops::nn::SampledRows rows{rows_of(0, ids, pass), rows_of(1, ids, pass)};
  const Value logits = ops::nn::sampled_logits(
      x, labels, rows, drawn,
      {.remove_accidental_hits = o.remove_accidental_hits, .subtract_log_q = o.subtract_log_q});
  return loss_of_sampled(logits, labels.shape()[1]);
}

Value SampledOutput::scores(const Value& x, Pass& pass) const {
  const Value logits = ops::matmul_transposed(x, whole_table(*parts_[0], pass));
  if (parts_.size() == 1) return logits;
  return ops::add(logits, reshaped(whole_table(*parts_[1], pass), {1, classes()}));
}

std::vector<std::int64_t> SampledOutput::chance() const {
  std::vector<std::int64_t> chance{seed_, draws()};
  if (!sampler_) return chance;
  const std::vector<std::int64_t> counts = sampler_->counts();
  chance.insert(chance.end(), counts.begin(), counts.end());
  for (const Learnt& one : learnt_) {
    if (one.draw >= draws()) continue;
    for (const std::int64_t label : one.labels) ++chance[static_cast<std::size_t>(2 + label)];
  }
  return chance;
}

void SampledOutput::take_chance(const std::vector<std::int64_t>& chance) {
  if (sampler_) sampler_->set_counts(std::span(chance).subspan(2));
  learnt_.clear();
  seed_ = chance[0];
  set_draws(chance[1]);
}

SampledSoftmax::SampledSoftmax(SampledSoftmaxOptions options)
    : Configured(options, kName, options) {}

Value SampledSoftmax::loss_of_sampled(const Value& logits, std::int64_t num_true) const {
  return ops::nn::sampled_softmax(logits, num_true);
}
Value SampledSoftmax::loss_of_all(const Value& logits, const Value& of_true) const {
  return ops::subtract(ops::logsumexp(logits, -1), ops::mean(of_true, -1));
}

NCE::NCE(NCEOptions options) : Configured(options, kName, as_sampled(options)) {}

Value NCE::loss_of_sampled(const Value& logits, std::int64_t num_true) const {
  return ops::nn::sampled_logistic(logits, num_true);
}
Value NCE::loss_of_all(const Value& logits, const Value& of_true) const {
  return ops::subtract(ops::sum(ops::softplus(logits), -1), ops::mean(of_true, -1));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::SampledSoftmax, layers::SampledSoftmaxOptions,
                          layers::LayerOf<layers::SampledSoftmax, layers::SampledOutput>>;
template class Configured<layers::NCE, layers::NCEOptions,
                          layers::LayerOf<layers::NCE, layers::SampledOutput>>;
}  // namespace keratin
