// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keratin/random/seed_generator.h"
#include "keratin/tensor/tensor.h"

/// Classes drawn in place of all of them. TensorFlow: `tf.random.*_candidate_sampler`.
namespace keratin::random {

/// What was drawn for a batch, and how often each class is expected among so many draws.
struct SampledCandidates {
  Tensor sampled_candidates;      // int64 (S,)
  Tensor true_expected_count;     // float32, of the shape of the true classes
  Tensor sampled_expected_count;  // float32 (S,)
};

/// How often a class of probability p is expected among num_sampled drawn ones, which took so many
/// draws: p num_sampled where that is their number, else 1 - (1 - p)^draws.
double expected_count(double p, std::int64_t num_sampled, std::int64_t draws);

/// Draws classes of [0, range_max) by a distribution p. With `unique` it draws until there are
/// so many distinct ones. Source: TensorFlow's Candidate Sampling Algorithms Reference, and its
/// range_sampler.cc. The draws are our own: a function of the key. Threads: sample() is safe from
/// any number; learn() and set_counts() need the sampler alone.
class CandidateSampler {
 public:
  virtual ~CandidateSampler() = default;
  std::int64_t range_max() const { return range_max_; }
  virtual double probability(std::int64_t candidate) const = 0;

  /// true_classes: int32 or int64 of any shape. Throws std::invalid_argument for another type, for
  /// num_sampled < 1, and where fewer than num_sampled classes can be drawn and they are to be
  /// distinct; std::out_of_range for a class outside [0, range_max); std::runtime_error after 2^31
  /// draws without so many distinct ones.
  SampledCandidates sample(const Tensor& true_classes, std::int64_t num_sampled, bool unique,
                           Key key) const;

  /// Whether it learns p from the true classes. Then learn() counts these, each once more.
  virtual bool learns() const { return false; }
  virtual void learn(std::span<const std::int64_t> /*true_classes*/) {}
  /// What was learnt: a count a class, from 1 on; empty where nothing is learnt.
  virtual std::vector<std::int64_t> counts() const { return {}; }
  /// Throws std::invalid_argument unless it is a positive count for each class, 2^53 in all at
  /// most.
  virtual void set_counts(std::span<const std::int64_t> counts);

 protected:
  explicit CandidateSampler(std::int64_t range_max) : range_max_(range_max) {}
  /// The class that u in [0, 1) stands for.
  virtual std::int64_t draw(double u) const = 0;
  /// How many classes can be drawn.
  virtual std::int64_t drawable() const { return range_max_; }

 private:
  const std::int64_t range_max_;
};

struct CandidateSamplerOptions {
  std::int64_t range_max = 0;  // V; must be given
  /// Of "fixed_unigram": how often each class occurs, one or more a class that is not reserved.
  std::vector<double> unigrams = {};
  double distortion = 1.0;            // their exponent
  std::int64_t num_reserved_ids = 0;  // classes in front of them, which are never drawn
};

/// By the name of the distribution:
///   "log_uniform"      p(c) = log((c + 2) / (c + 1)) / log(V + 1): classes by falling frequency
///   "uniform"          p(c) = 1 / V
///   "learned_unigram"  p(c) = (1 + how often c was learnt) / (V + how many were)
///   "fixed_unigram"    p(c) ~ unigrams[c]^distortion
/// Throws std::invalid_argument for another name, a range that is not positive, unigrams that are
/// negative, not finite, none of them positive, or not one for each class that is not reserved, and
/// for what another distribution is not made of.
std::unique_ptr<CandidateSampler> candidate_sampler(const std::string& distribution,
                                                    const CandidateSamplerOptions& options);
/// What that throws, without a sampler.
void check_candidate_sampler(const std::string& distribution,
                             const CandidateSamplerOptions& options);

}  // namespace keratin::random
