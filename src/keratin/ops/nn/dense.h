// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

namespace keratin::ops::nn {

/// x kernel + bias along the last axis: the product of a dense layer.
///   x (B, ..., N), kernel (N, units), bias (units) or none: float32, with elements
///   gives (B, ..., units)
/// The shapes must fit: the layer has looked.
Value dense(const Value& x, const Value& kernel, const Value& bias);

}  // namespace keratin::ops::nn
