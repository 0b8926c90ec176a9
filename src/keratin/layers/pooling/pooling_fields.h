// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/layer_fields.h"
#include "keratin/layers/pooling/base_pooling.h"
#include "keratin/layers/windows_fields.h"

/// What the poolings of windows have in common. Not installed.
namespace keratin::layers {

template <class F>
void fields(F& f, PoolingOptions& o) {
  base_fields(f, o);
  f("pool_size", o.pool_size);
  f("padding", o.padding);
  f("strides", o.strides);
  f("data_format", o.data_format);
}

}  // namespace keratin::layers
