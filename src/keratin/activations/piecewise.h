// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/activations/elementwise.h"

/// The elementwise activations made of straight lines and parabolas.
namespace keratin::activations {

/// x above `threshold` (at most `max_value`); below it negative_slope * (x - threshold).
struct ReluOptions {
  double negative_slope = 0.0;
  std::optional<double> max_value = {};
  double threshold = 0.0;
};
using Relu = Elementwise<ReluOptions>;

/// x, or negative_slope * x where x < 0.
struct LeakyReluOptions {
  double negative_slope = 0.2;
};
using LeakyRelu = Elementwise<LeakyReluOptions>;

/// min(max(x, 0), 6).
struct Relu6Options {};
using Relu6 = Elementwise<Relu6Options>;

/// x moved towards 0 by `threshold`, 0 where it does not reach.
struct SoftShrinkOptions {
  double threshold = 0.5;
};
using SoftShrink = Elementwise<SoftShrinkOptions>;

/// 0 up to -1, (x + 1)^2 / 4 between, x from 1 on.
struct SparsePlusOptions {};
using SparsePlus = Elementwise<SparsePlusOptions>;

/// x where it is above `threshold`, else `default_value`. Both must be given.
struct ThresholdOptions {
  std::optional<double> threshold = {};
  std::optional<double> default_value = {};
};
using Threshold = Elementwise<ThresholdOptions>;

/// (x + 1) / 2, between 0 and 1.
struct SparseSigmoidOptions {};
using SparseSigmoid = Elementwise<SparseSigmoidOptions>;

/// x / 6 + 1 / 2, between 0 and 1. (Keras 2 had 0.2 x + 0.5.)
struct HardSigmoidOptions {};
using HardSigmoid = Elementwise<HardSigmoidOptions>;

/// 0.2 x + 0.5, between 0 and 1: what Keras 1 and 2 called "hard_sigmoid", of which Keras 3 has no
/// name. Models that they saved have it.
struct Keras2HardSigmoidOptions {};
using Keras2HardSigmoid = Elementwise<Keras2HardSigmoidOptions>;

/// x hard_sigmoid(x). Also "hard_swish".
struct HardSiluOptions {};
using HardSilu = Elementwise<HardSiluOptions>;

/// x, between -1 and 1.
struct HardTanhOptions {};
using HardTanh = Elementwise<HardTanhOptions>;

/// x where |x| is above `threshold`, else 0.
struct HardShrinkOptions {
  double threshold = 0.5;
};
using HardShrink = Elementwise<HardShrinkOptions>;

/// x itself.
struct LinearOptions {};
using Linear = Elementwise<LinearOptions>;

}  // namespace keratin::activations
