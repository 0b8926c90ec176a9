// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/regularization/base_dropout.h"

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/base/threefry.h"
#include "keratin/ops/nn/dropout.h"

namespace keratin::layers {

BaseDropout::BaseDropout(const LayerOptions& options, double rate,
                         const std::optional<std::int64_t>& seed, std::string_view rate_name)
    : Layer(options), rate_(rate), seed_(random::seed_or_default(seed)) {
  if (!(rate >= 0 && rate <= 1))
    invalid_argument(class_name(), rate_name, " must be between 0 and 1. Received: ", rate);
  build_at_init();
}

Value BaseDropout::drop(const Value& inputs, const Shape& noise_shape, Pass& pass) const {
  if (!pass.training || rate_ == 0) return inputs;
  return ops::nn::dropout(inputs, rate_, noise_shape, seed_, pass.draw(*this));
}

random::SeedGenerator BaseDropout::next_generator(Pass& pass) const {
  random::SeedGenerator generator(seed_);
  random::Key key = generator.state();
  key.b += static_cast<std::uint32_t>(pass.draw(*this));
  generator.set_state(key);
  return generator;
}

void BaseDropout::take_chance(const std::vector<std::int64_t>& chance) {
  seed_ = chance[0];
  set_draws(chance[1]);
}

}  // namespace keratin::layers
