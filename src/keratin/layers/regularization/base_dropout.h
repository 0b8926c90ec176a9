// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/random/seed_generator.h"

namespace keratin::layers {

/// What drops by chance, in training: where its choices come from.
class BaseDropout : public Layer {
 public:
  bool supports_masking() const override { return true; }
  /// The seed, also where none was given, and how often it drew.
  std::vector<std::int64_t> chance() const override { return {seed_, draws()}; }

 protected:
  /// Throws std::invalid_argument for a rate outside [0, 1], which is called `rate_name`.
  BaseDropout(const LayerOptions& options, double rate, const std::optional<std::int64_t>& seed,
              std::string_view rate_name = "rate");
  /// The inputs with the choices made once where `noise_shape` is 1.
  Value drop(const Value& inputs, const Shape& noise_shape, Pass& pass) const;
  /// Gives the key [seed, t] at call t.
  random::SeedGenerator next_generator(Pass& pass) const;

 private:
  void take_chance(const std::vector<std::int64_t>& chance) override;

  double rate_;
  std::int64_t seed_;
};

}  // namespace keratin::layers
