// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/pooling1d.h"

#include "keratin/layers/pooling/pooling_fields.h"

namespace keratin::layers {

MaxPooling1D::MaxPooling1D(PoolingOptions options)
    : Configured(checked(kName, 1, options), kName, Pooling::kMax, options) {}

AveragePooling1D::AveragePooling1D(PoolingOptions options)
    : Configured(checked(kName, 1, options), kName, Pooling::kMean, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::MaxPooling1D, layers::PoolingOptions,
                          layers::LayerOf<layers::MaxPooling1D, layers::BasePooling>>;
template class Configured<layers::AveragePooling1D, layers::PoolingOptions,
                          layers::LayerOf<layers::AveragePooling1D, layers::BasePooling>>;
}  // namespace keratin
