// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/schedules/learning_rate_schedule.h"

/// Rates that fall along half a cosine.
namespace keratin::optimizers::schedules {

struct CosineDecayOptions {
  std::optional<double> initial_learning_rate = {};  // required
  std::int64_t decay_steps = 0;                      // required, > 0
  double alpha = 0.0;
  std::optional<std::string> name = "CosineDecay";
  std::optional<double> warmup_target = {};
  std::int64_t warmup_steps = 0;
};

/// With a warmup_target: a line from initial_learning_rate to it over warmup_steps, then, over
/// decay_steps, half a cosine down to alpha times it. Without: the cosine from
/// initial_learning_rate. (Loshchilov and Hutter, arXiv:1608.03983.) The constructor throws
/// std::invalid_argument for what is missing or out of range.
class CosineDecay final : public Configured<CosineDecay, CosineDecayOptions, LearningRateSchedule> {
 public:
  static constexpr std::string_view kName = "CosineDecay";
  explicit CosineDecay(CosineDecayOptions options = {});
  float operator()(std::int64_t step) const override;
};

struct CosineDecayRestartsOptions {
  std::optional<double> initial_learning_rate = {};  // required
  std::int64_t first_decay_steps = 0;                // required, > 0
  double t_mul = 2.0;
  double m_mul = 1.0;
  double alpha = 0.0;
  std::optional<std::string> name = "SGDRDecay";
};

/// Half a cosine from initial_learning_rate down to alpha times it over first_decay_steps, then
/// again over t_mul times as many steps from a rate m_mul times as high, and so on. (Loshchilov and
/// Hutter, arXiv:1608.03983.) The constructor throws std::invalid_argument for what is missing or
/// out of range.
class CosineDecayRestarts final
    : public Configured<CosineDecayRestarts, CosineDecayRestartsOptions, LearningRateSchedule> {
 public:
  static constexpr std::string_view kName = "CosineDecayRestarts";
  explicit CosineDecayRestarts(CosineDecayRestartsOptions options = {});
  float operator()(std::int64_t step) const override;
};

}  // namespace keratin::optimizers::schedules
