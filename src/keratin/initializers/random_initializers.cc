// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/random_initializers.h"

#include "keratin/base/distributions.h"
#include "keratin/base/seed.h"
#include "keratin/initializers/initializer_fields.h"

namespace keratin::initializers {
template <class F>
void fields(F& f, RandomNormalOptions& o) {
  seed_field(f, o.seed);
  f("mean", o.mean);
  f("stddev", o.stddev);
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, TruncatedNormalOptions& o) {
  seed_field(f, o.seed);
  f("mean", o.mean);
  f("stddev", o.stddev);
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, RandomUniformOptions& o) {
  seed_field(f, o.seed);
  f("minval", o.minval);
  f("maxval", o.maxval);
  f.ignore("dtype");  // Keras 2
}

RandomNormal::RandomNormal(RandomNormalOptions options)
    : Configured(options), seed_(random::seed_or_default(options.seed)) {}
void RandomNormal::fill(const Shape&, std::int64_t first, std::span<float> out) const {
  random::fill_normal(random::key_from_seed(seed_), static_cast<std::uint64_t>(first),
                      static_cast<float>(options_.mean), static_cast<float>(options_.stddev), out);
}

TruncatedNormal::TruncatedNormal(TruncatedNormalOptions options)
    : Configured(options), seed_(random::seed_or_default(options.seed)) {}
void TruncatedNormal::fill(const Shape&, std::int64_t first, std::span<float> out) const {
  random::fill_truncated_normal(random::key_from_seed(seed_), static_cast<std::uint64_t>(first),
                                static_cast<float>(options_.mean),
                                static_cast<float>(options_.stddev), out);
}

RandomUniform::RandomUniform(RandomUniformOptions options)
    : Configured(options), seed_(random::seed_or_default(options.seed)) {}
void RandomUniform::fill(const Shape&, std::int64_t first, std::span<float> out) const {
  random::fill_uniform(random::key_from_seed(seed_), static_cast<std::uint64_t>(first),
                       static_cast<float>(options_.minval), static_cast<float>(options_.maxval),
                       out);
}

}  // namespace keratin::initializers

namespace keratin {
template class Configured<initializers::RandomNormal, initializers::RandomNormalOptions,
                          initializers::Initializer>;
template class Configured<initializers::TruncatedNormal, initializers::TruncatedNormalOptions,
                          initializers::Initializer>;
template class Configured<initializers::RandomUniform, initializers::RandomUniformOptions,
                          initializers::Initializer>;
}  // namespace keratin
