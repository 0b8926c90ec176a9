// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/convolutional/conv1d.h"

#include "keratin/layers/convolutional/conv_fields.h"

namespace keratin::layers {

Conv1D::Conv1D(ConvOptions options) : Configured(checked(kName, 1, options), kName, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Conv1D, layers::ConvOptions,
                          layers::LayerOf<layers::Conv1D, layers::BaseConv>>;
}  // namespace keratin
