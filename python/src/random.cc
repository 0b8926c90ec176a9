// SPDX-License-Identifier: Apache-2.0
// keratin.random: draws with a seed.
#include "keratin/random/random.h"

#include <algorithm>
#include <cmath>

#include "bindings.h"
#include "interrupts.h"
#include "keratin/base/threefry.h"
#include "keratin/random/candidate_sampler.h"
#include "keratin/tensor/tensor_access.h"
#include "moved_seeds.h"

namespace keratin::python {
namespace {

using random::SeedGenerator;
using random::SeedLike;

/// None, an integer or a SeedGenerator.
SeedLike seed_from(nb::handle seed) {
  if (seed.is_none()) return {};
  if (nb::isinstance<SeedGenerator>(seed)) {
    drawing_from(seed);
    return nb::cast<SeedGenerator&>(seed);
  }
  const Config number = config_from(seed);
  if (!number.is_int()) {
    throw nb::type_error("[random] seed must be None, an integer or a SeedGenerator.");
  }
  return number.as_int();
}

}  // namespace

void bind_random(nb::module_& m) {
  nb::class_<SeedGenerator>(m, "SeedGenerator")
          .def("__init__",
               [](SeedGenerator* self, const Config& config) {
                 new (self) SeedGenerator(SeedGenerator::options_from(config));
               }, "config"_a.none())
          .def("get_config", &SeedGenerator::get_config)
          .def_prop_ro("name", &SeedGenerator::name)
          .def_prop_rw(
              "state",
              [](const SeedGenerator& g) {
                const random::Key state = g.state();
                return std::pair(state.a, state.b);
              },
              [](SeedGenerator& g, std::pair<std::uint32_t, std::uint32_t> state) {
                g.set_state({state.first, state.second});
              })
          .def("next", [](nb::handle self) {
            drawing_from(self);
            const random::Key key = nb::cast<SeedGenerator&>(self).next();
            return std::pair(key.a, key.b);
          });

  m.def("randint", [](nb::handle shape, std::int64_t minval, std::int64_t maxval,
                      std::string_view dtype, nb::handle seed) {
    const Shape dims = shape_from(shape, "randint");
    const random::RandintOptions options{.dtype = dtype_from_name(dtype), .seed = seed_from(seed)};
    const ReleasedInterruptible released;
    return random::randint(dims, minval, maxval, options);
  }, "shape"_a, "minval"_a, "maxval"_a, "dtype"_a, "seed"_a.none());
  m.def("uniform", [](nb::handle shape, double minval, double maxval, nb::handle seed) {
    const Shape dims = shape_from(shape, "uniform");
    const random::UniformOptions options{.minval = minval, .maxval = maxval, .seed = seed_from(seed)};
    const ReleasedInterruptible released;
    return random::uniform(dims, options);
  }, "shape"_a, "minval"_a, "maxval"_a, "seed"_a.none());
  const auto bind_normal = [&m](const char* name, Tensor (*draw)(const Shape&, random::NormalOptions)) {
    m.def(name, [name, draw](nb::handle shape, double mean, double stddev, nb::handle seed) {
      const Shape dims = shape_from(shape, name);
      const random::NormalOptions options{.mean = mean, .stddev = stddev, .seed = seed_from(seed)};
      const ReleasedInterruptible released;
      return draw(dims, options);
    }, "shape"_a, "mean"_a, "stddev"_a, "seed"_a.none());
  };
  bind_normal("normal", random::normal);
  bind_normal("truncated_normal", random::truncated_normal);
  m.def("permutation", [](std::int64_t n, nb::handle seed) {
    const SeedLike from = seed_from(seed);
    const ReleasedInterruptible released;
    return Tensor::from(random::permutation(n, from));
  }, "n"_a, "seed"_a.none());
  m.def("sample_candidates", [](const std::string& distribution, const Tensor& true_classes, std::int64_t num_sampled,
                                bool unique, std::int64_t range_max, nb::handle seed, std::vector<double> unigrams,
                                double distortion, std::int64_t num_reserved_ids, const std::vector<std::int64_t>& counts) {
    const random::Key key = seed_from(seed).draw();
    random::SampledCandidates drawn;
    {
      const ReleasedInterruptible released;
      const auto sampler = random::candidate_sampler(
          distribution, {.range_max = range_max, .unigrams = std::move(unigrams), .distortion = distortion,
                         .num_reserved_ids = num_reserved_ids});
      if (!counts.empty()) sampler->set_counts(counts);
      drawn = sampler->sample(true_classes, num_sampled, unique, key);
    }
    return nb::make_tuple(array_from(drawn.sampled_candidates), array_from(drawn.true_expected_count),
                          array_from(drawn.sampled_expected_count));
  }, "distribution"_a, "true_classes"_a, "num_sampled"_a, "unique"_a, "range_max"_a, "seed"_a.none(), "unigrams"_a,
     "distortion"_a, "num_reserved_ids"_a, "counts"_a);
  // The bits by which jax.random.permutation(independent=True) sorts: an array a round.
  m.def("shuffle_keys", [](std::int64_t size, nb::handle seed) {
    random::Key key = seed_from(seed).draw();
    nb::list rounds;
    const int count = static_cast<int>(
        std::ceil(3 * std::log(std::max(1.0, static_cast<double>(size))) / std::log(4294967295.0)));
    for (int round = 0; round < count; ++round) {
      Tensor bits = uninitialized({size}, DType::kUint32);
      fill_bits(split(key, 1), 0, bits.data<std::uint32_t>());
      key = split(key, 0);
      rounds.append(array_from(bits));
    }
    return rounds;
  }, "size"_a, "seed"_a.none());
  m.def("set_random_seed", &random::set_random_seed, "seed"_a);
  m.def("make_default_seed", &random::make_default_seed);
}

}  // namespace keratin::python
