// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/adaptive_pooling2d.h"

#include "keratin/layers/pooling/adaptive_pooling_fields.h"

namespace keratin::layers {

AdaptiveAveragePooling2D::AdaptiveAveragePooling2D(AdaptivePoolingOptions options)
    : Configured(checked(kName, 2, options), kName, Pooling::kMean, options) {}

AdaptiveMaxPooling2D::AdaptiveMaxPooling2D(AdaptivePoolingOptions options)
    : Configured(checked(kName, 2, options), kName, Pooling::kMax, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<
    layers::AdaptiveAveragePooling2D, layers::AdaptivePoolingOptions,
    layers::LayerOf<layers::AdaptiveAveragePooling2D, layers::BaseAdaptivePooling>>;
template class Configured<
    layers::AdaptiveMaxPooling2D, layers::AdaptivePoolingOptions,
    layers::LayerOf<layers::AdaptiveMaxPooling2D, layers::BaseAdaptivePooling>>;
}  // namespace keratin
