// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/base/named_list.h"
#include "keratin/layers/activation.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/dot.h"
#include "keratin/layers/dropout.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/flatten.h"
#include "keratin/layers/global_pooling1d.h"
#include "keratin/layers/identity.h"
#include "keratin/layers/input_layer.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/masking.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/permute.h"
#include "keratin/layers/relu.h"
#include "keratin/layers/repeat_vector.h"
#include "keratin/layers/reshape.h"
#include "keratin/layers/softmax.h"

/// Every layer, and the closed list that Layer::deserialize chooses from.
namespace keratin::layers {

template <class... Layers>
struct Classes {};
/// The closed list.
using AllLayers = Classes<Activation, Add, Average, Concatenate, Dense, Dot, Dropout, Embedding,
                          Flatten, GlobalAveragePooling1D, GlobalMaxPooling1D, GlobalSumPooling1D,
                          Identity, InputLayer, Masking, Maximum, Minimum, Multiply, Permute, ReLU,
                          RepeatVector, Reshape, Softmax, SpatialDropout1D, Subtract>;

std::span<const NamedEntry<Layer>> all_layers();

}  // namespace keratin::layers
