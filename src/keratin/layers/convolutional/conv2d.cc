// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/convolutional/conv2d.h"

#include "keratin/layers/convolutional/conv_fields.h"

namespace keratin::layers {

Conv2D::Conv2D(ConvOptions options) : Configured(checked(kName, 2, options), kName, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Conv2D, layers::ConvOptions,
                          layers::LayerOf<layers::Conv2D, layers::BaseConv>>;
}  // namespace keratin
