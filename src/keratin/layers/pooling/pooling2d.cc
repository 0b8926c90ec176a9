// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/pooling2d.h"

#include "keratin/layers/pooling/pooling_fields.h"

namespace keratin::layers {

MaxPooling2D::MaxPooling2D(PoolingOptions options)
    : Configured(checked(kName, 2, options), kName, Pooling::kMax, options) {}

AveragePooling2D::AveragePooling2D(PoolingOptions options)
    : Configured(checked(kName, 2, options), kName, Pooling::kMean, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::MaxPooling2D, layers::PoolingOptions,
                          layers::LayerOf<layers::MaxPooling2D, layers::BasePooling>>;
template class Configured<layers::AveragePooling2D, layers::PoolingOptions,
                          layers::LayerOf<layers::AveragePooling2D, layers::BasePooling>>;
}  // namespace keratin
