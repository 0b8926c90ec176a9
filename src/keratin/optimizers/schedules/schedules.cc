// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedules/schedules.h"

#include "keratin/base/named_list.h"

namespace keratin::optimizers {
namespace schedules {
namespace {

const NamedList<const LearningRateSchedule>& list() {
  static const NamedList<const LearningRateSchedule> all(
      "keras.optimizers.schedules", "learning-rate schedule",
      {
          named_entry<const LearningRateSchedule, ExponentialDecay>("ExponentialDecay"),
          named_entry<const LearningRateSchedule, PiecewiseConstantDecay>("PiecewiseConstantDecay"),
          named_entry<const LearningRateSchedule, PolynomialDecay>("PolynomialDecay"),
          named_entry<const LearningRateSchedule, InverseTimeDecay>("InverseTimeDecay"),
          named_entry<const LearningRateSchedule, CosineDecay>("CosineDecay"),
          named_entry<const LearningRateSchedule, CosineDecayRestarts>("CosineDecayRestarts"),
      });
  return all;
}

}  // namespace

std::span<const NamedEntry<const LearningRateSchedule>> entries() { return list().entries(); }

std::shared_ptr<const LearningRateSchedule> LearningRateSchedule::get(std::string_view name) {
  return list().get(name);
}

std::shared_ptr<const LearningRateSchedule> LearningRateSchedule::deserialize(
    const Config& config) {
  return list().deserialize(config);
}

Config LearningRateSchedule::serialize() const {
  return list().serialize(class_name(), get_config());
}

}  // namespace schedules

// Keras: a number lives in a float32 variable, and its config says what is there.
Config to_config(const LearningRate& rate) {
  return rate.schedule() ? rate.schedule()->serialize()
                         : Config(static_cast<double>(static_cast<float>(rate.number())));
}

void from_config(const Config& config, LearningRate& rate) {
  if (config.is_number()) {
    rate = LearningRate(config.as_double());
  } else if (config.is_object()) {
    rate = LearningRate(config.as_object<const schedules::LearningRateSchedule>());
  } else {
    rate = LearningRate(schedules::LearningRateSchedule::deserialize(config));
  }
}

}  // namespace keratin::optimizers
