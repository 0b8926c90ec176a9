// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/layer_fields.h"
#include "keratin/layers/pooling/base_adaptive_pooling.h"

/// What the adaptive poolings have in common. Not installed.
namespace keratin::layers {

template <class F>
void fields(F& f, AdaptivePoolingOptions& o) {
  base_fields(f, o);
  f("output_size", o.output_size);
  f("data_format", o.data_format);
}

}  // namespace keratin::layers
