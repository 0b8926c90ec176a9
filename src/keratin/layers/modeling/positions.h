// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/graph/value.h"
#include "keratin/layers/layer.h"

/// Where in a sequence the steps of a call are: what the layers here are told beside their inputs.
/// Not installed.
namespace keratin::layers {

/// Positions of `steps` steps in `samples` samples, one after another; one sample stands for all.
struct Positions {
  std::int64_t samples = 1, steps = 0;
  std::vector<double> at;
};

/// Those of a call on inputs of `steps` steps and `batch` samples: the value "positions", (steps)
/// or (1 or batch, steps), else from the option or value "start_index" on, which is 0. Throws
/// std::invalid_argument for others.
Positions positions_of(const Layer& layer, const Inputs& inputs, std::int64_t batch,
                       std::int64_t steps);

/// The keywords that say so.
bool is_of_positions(std::string_view keyword);

}  // namespace keratin::layers
