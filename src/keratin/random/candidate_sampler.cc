// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/candidate_sampler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"

namespace keratin::random {
namespace {

class Uniform final : public CandidateSampler {
 public:
  explicit Uniform(std::int64_t range_max) : CandidateSampler(range_max) {}
  double probability(std::int64_t) const override { return 1.0 / static_cast<double>(range_max()); }

 private:
  std::int64_t draw(double u) const override {
    const auto candidate = static_cast<std::int64_t>(u * static_cast<double>(range_max()));
    return std::min(candidate, range_max() - 1);
  }
};

class LogUniform final : public CandidateSampler {
 public:
  explicit LogUniform(std::int64_t range_max)
      : CandidateSampler(range_max), log_range_(std::log1p(static_cast<double>(range_max))) {}
  double probability(std::int64_t candidate) const override {
    return std::log1p(1.0 / (static_cast<double>(candidate) + 1.0)) / log_range_;
  }

 private:
  std::int64_t draw(double u) const override {
    const auto candidate = static_cast<std::int64_t>(std::expm1(u * log_range_));
    return std::clamp<std::int64_t>(candidate, 0, range_max() - 1);
  }
  double log_range_;
};

double distorted(double unigram, double distortion) {
  return unigram > 0 ? std::pow(unigram, distortion) : 0;
}

class FixedUnigram final : public CandidateSampler {
 public:
  explicit FixedUnigram(const CandidateSamplerOptions& options)
      : CandidateSampler(options.range_max), reserved_(options.num_reserved_ids) {
    ends_.reserve(options.unigrams.size());
    double sum = 0;
    for (const double unigram : options.unigrams) {
      const double before = sum;
      weights_.push_back(distorted(unigram, options.distortion));
      ends_.push_back(sum += weights_.back());
      drawable_ += sum > before ? 1 : 0;  // a weight may be lost beside the others
    }
  }
  double probability(std::int64_t candidate) const override {
    if (candidate < reserved_) return 0;
    return weights_[static_cast<std::size_t>(candidate - reserved_)] / ends_.back();
  }

 private:
  std::int64_t draw(double u) const override {
    const auto end = std::ranges::upper_bound(ends_, u * ends_.back());
    // Rounding may name the end itself: then the last class that has a share.
    const auto place = end != ends_.end() ? end : std::ranges::lower_bound(ends_, ends_.back());
    return reserved_ + (place - ends_.begin());
  }
  std::int64_t drawable() const override { return drawable_; }

  std::int64_t reserved_;
  std::int64_t drawable_ = 0;
  std::vector<double> weights_;
  std::vector<double> ends_;  // sums of the weights up to each class, with it
};

/// Counts in a tree of sums, so that a draw and a count cost log V. P. Fenwick, "A new data
/// structure for cumulative frequency tables" (1994).
class LearnedUnigram final : public CandidateSampler {
 public:
  explicit LearnedUnigram(std::int64_t range_max)
      : CandidateSampler(range_max),
        counts_(static_cast<std::size_t>(range_max), 1),
        highest_(std::bit_floor(static_cast<std::uint64_t>(range_max))) {
    sum_up();
  }
  double probability(std::int64_t candidate) const override {
    return static_cast<double>(counts_[static_cast<std::size_t>(candidate)]) /
           static_cast<double>(total_);
  }
  bool learns() const override { return true; }
  void learn(std::span<const std::int64_t> true_classes) override {
    for (const std::int64_t one : true_classes) {
      ++counts_[static_cast<std::size_t>(one)];
      for (auto i = static_cast<std::size_t>(one) + 1; i < sums_.size(); i += i & (~i + 1))
        ++sums_[i];
    }
    total_ += static_cast<std::int64_t>(true_classes.size());
  }
  std::vector<std::int64_t> counts() const override { return counts_; }
  void set_counts(std::span<const std::int64_t> counts) override {
    std::int64_t room = std::int64_t{1} << 53;
    const bool good =
        counts.size() == counts_.size() && std::ranges::all_of(counts, [&](std::int64_t count) {
          if (count < 1 || count > room) return false;
          room -= count;
          return true;
        });
    if (!good) {
      invalid_argument("CandidateSampler", "counts must be a positive number for each of the ",
                       counts_.size(), " classes, 2^53 in all at most. Received: ", counts.size(),
                       " numbers");
    }
    counts_.assign(counts.begin(), counts.end());
    sum_up();
  }

 private:
  void sum_up() {
    total_ = std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
    sums_.assign(counts_.size() + 1, 0);
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      sums_[i] += counts_[i - 1];
      const std::size_t above = i + (i & (~i + 1));
      if (above < sums_.size()) sums_[above] += sums_[i];
    }
  }
  std::int64_t draw(double u) const override {
    auto left = std::min(static_cast<std::int64_t>(u * static_cast<double>(total_)), total_ - 1);
    std::size_t place = 0;
    for (auto step = static_cast<std::size_t>(highest_); step > 0; step /= 2) {
      if (place + step >= sums_.size() || sums_[place + step] > left) continue;
      place += step;
      left -= sums_[place];
    }
    return static_cast<std::int64_t>(place);
  }

  std::vector<std::int64_t> counts_;
  std::uint64_t highest_;
  std::vector<std::int64_t> sums_;  // [i]: of the counts of (i - lowest bit of i, i]
  std::int64_t total_ = 0;
};

/// Numbers in [0, 1) one after another, of 53 bits.
class Numbers {
 public:
  explicit Numbers(Key key) : key_(key) {}
  double next() {
    if (at_ == bits_.size()) {
      fill_bits(key_, first_, bits_);
      first_ += bits_.size();
      at_ = 0;
    }
    return static_cast<double>(bits_[at_++] >> 11) * 0x1p-53;
  }

 private:
  Key key_;
  std::uint64_t first_ = 0;
  std::array<std::uint64_t, 64> bits_;
  std::size_t at_ = 64;
};

template <class Id>
std::vector<std::int64_t> checked(const Tensor& classes, std::int64_t range_max) {
  std::vector<std::int64_t> result;
  for (const Id one : classes.data<Id>()) {
    if (one < 0 || one >= range_max) {
      out_of_range("CandidateSampler", "a true class must be in [0, ", range_max,
                   "). Received: ", one, " at position ", result.size());
    }
    result.push_back(one);
  }
  return result;
}

std::vector<std::int64_t> checked(const Tensor& classes, std::int64_t range_max) {
  if (classes && classes.dtype() == DType::kInt64) return checked<std::int64_t>(classes, range_max);
  if (classes && classes.dtype() == DType::kInt32) return checked<std::int32_t>(classes, range_max);
  invalid_argument("CandidateSampler", "true classes must be int32 or int64. Received: ",
                   classes ? to_string(classes.dtype()) : "none");
}

}  // namespace

double expected_count(double p, std::int64_t num_sampled, std::int64_t draws) {
  if (draws == num_sampled) return p * static_cast<double>(num_sampled);
  return -std::expm1(static_cast<double>(draws) * std::log1p(-p));
}

void CandidateSampler::set_counts(std::span<const std::int64_t> counts) {
  if (counts.empty()) return;
  invalid_argument("CandidateSampler",
                   "this distribution learns no counts. Received: ", counts.size(), " numbers");
}

SampledCandidates CandidateSampler::sample(const Tensor& true_classes, std::int64_t num_sampled,
                                           bool unique, Key key) const {
  const std::vector<std::int64_t> classes = checked(true_classes, range_max_);
  if (num_sampled < 1) {
    invalid_argument("CandidateSampler", "num_sampled must be positive. Received: ", num_sampled);
  }
  if (unique && num_sampled > drawable()) {
    invalid_argument("CandidateSampler", "there are not so many classes to draw: ", drawable(),
                     ". Received: num_sampled ", num_sampled);
  }
  std::vector<std::int64_t> drawn;
  drawn.reserve(static_cast<std::size_t>(num_sampled));
  std::unordered_set<std::int64_t> known;
  Numbers numbers(key);
  std::int64_t draws = 0;
  while (std::ssize(drawn) < num_sampled) {
    if (draws == std::numeric_limits<std::int32_t>::max()) {
      runtime_failure("CandidateSampler", "2^31 draws gave ", drawn.size(),
                      " distinct classes of the ", num_sampled, " wanted.");
    }
    if (++draws % 4096 == 0) parallel::check_interrupt();
    const std::int64_t candidate = draw(numbers.next());
    if (!unique || known.insert(candidate).second) drawn.push_back(candidate);
  }
  const auto expected = [&](const std::vector<std::int64_t>& of) {
    std::vector<float> counts;
    counts.reserve(of.size());
    for (const std::int64_t one : of)
      counts.push_back(static_cast<float>(expected_count(probability(one), num_sampled, draws)));
    return counts;
  };
  SampledCandidates result;
  result.true_expected_count = Tensor::from(expected(classes), true_classes.shape());
  result.sampled_expected_count = Tensor::from(expected(drawn), Shape{num_sampled});
  result.sampled_candidates = Tensor::from(std::move(drawn), Shape{num_sampled});
  return result;
}

void check_candidate_sampler(const std::string& distribution, const CandidateSamplerOptions& o) {
  const bool fixed = distribution == "fixed_unigram";
  if (!fixed && distribution != "log_uniform" && distribution != "uniform" &&
      distribution != "learned_unigram") {
    invalid_argument("CandidateSampler",
                     "the sampler must be 'log_uniform', 'uniform', 'learned_unigram' or "
                     "'fixed_unigram'. Received: '",
                     distribution.substr(0, 200), "'");
  }
  if (o.range_max < 1) {
    invalid_argument("CandidateSampler", "range_max must be positive. Received: ", o.range_max);
  }
  if (!fixed) {
    if (o.unigrams.empty() && o.distortion == 1 && o.num_reserved_ids == 0) return;
    invalid_argument("CandidateSampler",
                     "unigrams, distortion and num_reserved_ids are of 'fixed_unigram'. "
                     "Received: the sampler '",
                     distribution, "'");
  }
  if (o.num_reserved_ids < 0 || o.num_reserved_ids > o.range_max ||
      std::ssize(o.unigrams) != o.range_max - o.num_reserved_ids) {
    invalid_argument("CandidateSampler", "unigrams must have a number for each of the ",
                     o.range_max, " classes that is not reserved. Received: ", o.unigrams.size(),
                     " numbers and ", o.num_reserved_ids, " reserved");
  }
  double sum = 0;
  for (const double unigram : o.unigrams) {
    if (!(unigram >= 0 && std::isfinite(unigram))) {
      invalid_argument("CandidateSampler",
                       "unigrams must be finite and not negative. Received: ", unigram);
    }
    sum += distorted(unigram, o.distortion);
  }
  if (!(sum > 0 && std::isfinite(sum))) {
    invalid_argument("CandidateSampler",
                     "unigrams to the power of distortion must have a finite positive sum. "
                     "Received a sum of ",
                     sum);
  }
}

std::unique_ptr<CandidateSampler> candidate_sampler(const std::string& distribution,
                                                    const CandidateSamplerOptions& o) {
  check_candidate_sampler(distribution, o);
  if (distribution == "log_uniform") return std::make_unique<LogUniform>(o.range_max);
  if (distribution == "uniform") return std::make_unique<Uniform>(o.range_max);
  if (distribution == "fixed_unigram") return std::make_unique<FixedUnigram>(o);
  return std::make_unique<LearnedUnigram>(o.range_max);
}

}  // namespace keratin::random
