// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct ActivityRegularizationOptions {
  double l1 = 0;
  double l2 = 0;
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The identity, with a penalty l1 sum |x| + l2 sum x^2 on what goes through, divided by the batch
/// size. A mask passes through.
class ActivityRegularization final
    : public Configured<ActivityRegularization, ActivityRegularizationOptions,
                        LayerOf<ActivityRegularization>> {
 public:
  static constexpr std::string_view kName = "ActivityRegularization";
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override { return input_shape; }
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass&) const override { return inputs[0]; }
};

}  // namespace keratin::layers
