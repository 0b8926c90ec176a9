// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/optimizers/schedules/learning_rate_schedule.h"

namespace keratin::optimizers::schedules {

struct PiecewiseConstantDecayOptions {
  std::vector<std::int64_t> boundaries = {};  // required, one or more
  std::vector<double> values = {};            // required, one more than boundaries
  std::optional<std::string> name = "PiecewiseConstant";
};

/// values[0] up to step boundaries[0], values[1] after that up to boundaries[1], ..., values.back()
/// after the last. The boundaries are expected to increase.
/// The constructor throws std::invalid_argument for what is missing or out of range.
class PiecewiseConstantDecay final
    : public Configured<PiecewiseConstantDecay, PiecewiseConstantDecayOptions,
                        LearningRateSchedule> {
 public:
  static constexpr std::string_view kName = "PiecewiseConstantDecay";
  explicit PiecewiseConstantDecay(PiecewiseConstantDecayOptions options = {});
  float operator()(std::int64_t step) const override;
};

}  // namespace keratin::optimizers::schedules
