# SPDX-License-Identifier: Apache-2.0
"""layers_windows2.json: as layers_windows.json, convolutions by channel, back, and of two axes."""
import numpy as np
from golden import keras, write
from layer_case import Cases

cases = Cases(24)
case, floats = cases.case, cases.floats
L = keras.layers

x = floats(2, 7, 4)
first = floats(2, 4, 7)
image = floats(2, 5, 6, 4)
image_first = floats(2, 4, 5, 6)
options = dict(bias_initializer="ones", bias_regularizer="l1", bias_constraint="non_neg", activity_regularizer="l1", name="words")
by_channel = [
    case(L.DepthwiseConv1D(3), x),
    case(L.DepthwiseConv1D(3, padding="same", depth_multiplier=2, strides=2, activation="relu"), x),
    case(L.DepthwiseConv1D(2, dilation_rate=2, use_bias=False), x),
    case(L.DepthwiseConv1D(3, data_format="channels_first", depth_multiplier=3, activation="softmax"), first),
    case(L.DepthwiseConv1D(2, depthwise_initializer="ones", depthwise_regularizer="l2", depthwise_constraint="max_norm",
                           **options), x),
    case(L.SeparableConv1D(5, 3), x),
    case(L.SeparableConv1D(5, 3, padding="same", depth_multiplier=2, strides=2, activation="relu"), x),
    case(L.SeparableConv1D(3, 2, dilation_rate=2, use_bias=False), x),
    case(L.SeparableConv1D(3, 3, data_format="channels_first", activation="softmax"), first),
    case(L.SeparableConv1D(3, 2, depthwise_initializer="ones", depthwise_regularizer="l2", depthwise_constraint="max_norm",
                           pointwise_initializer="ones", pointwise_regularizer="l2", pointwise_constraint="max_norm",
                           **options), x),
]
back = [case(L.Conv1DTranspose(3, **arguments), x) for arguments in (
    dict(kernel_size=3), dict(kernel_size=3, padding="same"), dict(kernel_size=3, strides=2),
    dict(kernel_size=4, strides=3, padding="same", activation="relu"), dict(kernel_size=2, strides=4),
    dict(kernel_size=2, strides=4, padding="same"), dict(kernel_size=3, strides=2, output_padding=1),
    dict(kernel_size=3, strides=2, output_padding=1, padding="same"), dict(kernel_size=4, strides=3, output_padding=0, padding="same"),
    dict(kernel_size=3, dilation_rate=2), dict(kernel_size=3, dilation_rate=2, padding="same", use_bias=False),
    dict(kernel_size=2, kernel_initializer="ones", kernel_regularizer="l2", kernel_constraint="max_norm", **options))
] + [case(L.Conv1DTranspose(2, 3, strides=2, data_format="channels_first", activation="softmax"), first)]
conv2d = [
    case(L.Conv2D(3, 3), image),
    case(L.Conv2D(3, (2, 3), padding="same", activation="relu"), image),
    case(L.Conv2D(3, (3, 2), strides=(2, 1)), image),
    case(L.Conv2D(3, 4, strides=3, padding="same", use_bias=False), image),
    case(L.Conv2D(2, (2, 3), dilation_rate=(2, 1), padding="same"), image),
    case(L.Conv2D(4, 2, groups=2), image),
    case(L.Conv2D(4, 2, groups=4, dilation_rate=2), image),
    case(L.Conv2D(3, 2, data_format="channels_first", activation="softmax"), image_first),
    case(L.Conv2D(2, 1, kernel_initializer="ones", kernel_regularizer="l2", kernel_constraint="max_norm", **options), image),
]
pooling2d = [
    case(pooling(**arguments), given)
    for pooling in (L.MaxPooling2D, L.AveragePooling2D)
    for arguments, given in (
        (dict(pool_size=2), image), (dict(pool_size=(3, 2), strides=(2, 1), padding="same"), image),
        (dict(pool_size=2, strides=3), image), (dict(pool_size=3, strides=1, data_format="channels_first"), image_first),
        (dict(pool_size=(2, 3), strides=1), np.round(image)))
] + [
    case(pooling(**arguments), given)
    for pooling in (L.GlobalMaxPooling2D, L.GlobalAveragePooling2D)
    for arguments, given in (
        ({}, image), (dict(keepdims=True), image), (dict(data_format="channels_first"), image_first),
        (dict(data_format="channels_first", keepdims=True), image_first))
]
# Steps that are shared out evenly, that are not, and fewer than windows; equal maxima. Keras on JAX finds the bounds
# of windows in float32, which for 7 of 7 steps is 2 too many.
adaptive = [
    case(pooling(output_size, **arguments), given)
    for poolings, shared in (
        ((L.AdaptiveMaxPooling1D, L.AdaptiveAveragePooling1D),
         ((1, {}, x), (3, {}, x), (4, {}, x), (11, {}, x), (4, {}, np.round(x)),
          (2, dict(data_format="channels_first"), first))),
        ((L.AdaptiveMaxPooling2D, L.AdaptiveAveragePooling2D),
         ((2, {}, image), ((3, 2), {}, image), ((1, 4), {}, image), (9, {}, image), (2, {}, np.round(image)),
          ((2, 3), dict(data_format="channels_first"), image_first))))
    for pooling in poolings
    for output_size, arguments, given in shared
]
write("layers_windows2", by_channel + back + conv2d + pooling2d + adaptive)
