// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/adaptive_pooling1d.h"

#include "keratin/layers/pooling/adaptive_pooling_fields.h"

namespace keratin::layers {

AdaptiveAveragePooling1D::AdaptiveAveragePooling1D(AdaptivePoolingOptions options)
    : Configured(checked(kName, 1, options), kName, Pooling::kMean, options) {}

AdaptiveMaxPooling1D::AdaptiveMaxPooling1D(AdaptivePoolingOptions options)
    : Configured(checked(kName, 1, options), kName, Pooling::kMax, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<
    layers::AdaptiveAveragePooling1D, layers::AdaptivePoolingOptions,
    layers::LayerOf<layers::AdaptiveAveragePooling1D, layers::BaseAdaptivePooling>>;
template class Configured<
    layers::AdaptiveMaxPooling1D, layers::AdaptivePoolingOptions,
    layers::LayerOf<layers::AdaptiveMaxPooling1D, layers::BaseAdaptivePooling>>;
}  // namespace keratin
