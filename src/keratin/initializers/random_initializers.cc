// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/random_initializers.h"

#include "keratin/base/distributions.h"
#include "keratin/base/seed.h"

namespace keratin::initializers {
namespace {

template <class F>
void fields(F& f, RandomNormalOptions& o) {
  f("seed", o.seed);
  f("mean", o.mean);
  f("stddev", o.stddev);
}
template <class F>
void fields(F& f, TruncatedNormalOptions& o) {
  f("seed", o.seed);
  f("mean", o.mean);
  f("stddev", o.stddev);
}
template <class F>
void fields(F& f, RandomUniformOptions& o) {
  f("seed", o.seed);
  f("minval", o.minval);
  f("maxval", o.maxval);
}

template <class Options>
Options read(std::string_view who, const Config& config) {
  Options options;
  const Config plain = random::with_plain_seed(config);
  ConfigReader reader(who, plain);
  fields(reader, options);
  reader.ignore("dtype");  // Keras 2
  reader.finish();
  return options;
}

template <class Options>
Config written(Options options) {
  ConfigWriter writer;
  fields(writer, options);
  return writer.take();
}

}  // namespace

RandomNormal::RandomNormal(RandomNormalOptions options)
    : options_(options), seed_(random::seed_or_default(options.seed)) {}
RandomNormalOptions RandomNormal::options_from(const Config& config) {
  return read<RandomNormalOptions>("RandomNormal", config);
}
Config RandomNormal::get_config() const { return written(options_); }
void RandomNormal::fill(const Shape&, std::int64_t first, std::span<float> out) const {
  random::fill_normal(random::key_from_seed(seed_), static_cast<std::uint64_t>(first),
                      static_cast<float>(options_.mean), static_cast<float>(options_.stddev), out);
}

TruncatedNormal::TruncatedNormal(TruncatedNormalOptions options)
    : options_(options), seed_(random::seed_or_default(options.seed)) {}
TruncatedNormalOptions TruncatedNormal::options_from(const Config& config) {
  return read<TruncatedNormalOptions>("TruncatedNormal", config);
}
Config TruncatedNormal::get_config() const { return written(options_); }
void TruncatedNormal::fill(const Shape&, std::int64_t first, std::span<float> out) const {
  random::fill_truncated_normal(random::key_from_seed(seed_), static_cast<std::uint64_t>(first),
                                static_cast<float>(options_.mean),
                                static_cast<float>(options_.stddev), out);
}

RandomUniform::RandomUniform(RandomUniformOptions options)
    : options_(options), seed_(random::seed_or_default(options.seed)) {}
RandomUniformOptions RandomUniform::options_from(const Config& config) {
  return read<RandomUniformOptions>("RandomUniform", config);
}
Config RandomUniform::get_config() const { return written(options_); }
void RandomUniform::fill(const Shape&, std::int64_t first, std::span<float> out) const {
  random::fill_uniform(random::key_from_seed(seed_), static_cast<std::uint64_t>(first),
                       static_cast<float>(options_.minval), static_cast<float>(options_.maxval),
                       out);
}

}  // namespace keratin::initializers
