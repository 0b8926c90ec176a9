# SPDX-License-Identifier: Apache-2.0
"""layers_windows.json: layers that lay windows on steps, convolutions and poolings: see make_layers.py."""
import numpy as np
from golden import keras, write
from layer_case import Cases

cases = Cases(21)
case, floats = cases.case, cases.floats
L = keras.layers

x = floats(2, 9, 4)
first = floats(2, 4, 9)
ties = np.round(x)
conv1d = [
    case(L.Conv1D(5, 3), x),
    case(L.Conv1D(5, 3, padding="same", activation="relu"), x),
    case(L.Conv1D(5, 4, padding="same", use_bias=False), x),
    case(L.Conv1D(3, 3, padding="causal", activation="softmax"), x),
    case(L.Conv1D(3, 3, strides=2), x),
    case(L.Conv1D(3, 4, strides=3, padding="same"), x),
    case(L.Conv1D(3, 4, strides=2, padding="causal"), x),
    case(L.Conv1D(3, 3, dilation_rate=2), x),
    case(L.Conv1D(3, 3, dilation_rate=3, padding="same"), x),
    case(L.Conv1D(3, 3, dilation_rate=2, padding="causal"), x),
    case(L.Conv1D(6, 3, groups=2), x),
    case(L.Conv1D(6, 2, groups=2, strides=2, padding="same"), x),
    case(L.Conv1D(8, 3, groups=4, padding="same"), x),
    case(L.Conv1D(4, 3, groups=4, padding="causal", dilation_rate=2), x),
    case(L.Conv1D(3, 1), x),
    case(L.Conv1D(1, 3), x),
    case(L.Conv1D(3, 9), x),
    case(L.Conv1D(3, 12, padding="same"), x),
    case(L.Conv1D(3, 2, strides=5, padding="same"), x),
    case(L.Conv1D(2, 3, strides=2), floats(1, 3, 1)),
    case(L.Conv1D(5, 3, data_format="channels_first"), first),
    case(L.Conv1D(4, 3, data_format="channels_first", padding="same", groups=2, activation="softmax"), first),
    case(L.Conv1D(20, 5, padding="same", kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="max_norm",
                  bias_constraint="non_neg", activity_regularizer="l1", kernel_initializer="he_normal",
                  bias_initializer="ones", name="words"), floats(3, 17, 10)),
    case(L.Conv1D(3, 3, padding="same"), floats(2, 0, 4)),
    case(L.Conv1D(3, 3, padding="causal"), floats(2, 1, 4)),
]
pooling1d = [
    case(pooling(**arguments), given)
    for pooling in (L.MaxPooling1D, L.AveragePooling1D)
    for arguments, given in (
        (dict(pool_size=2), x), (dict(pool_size=3, strides=2, padding="same"), x),
        (dict(pool_size=4, strides=1, padding="same"), x), (dict(pool_size=2, strides=4), x),
        (dict(pool_size=3, strides=1, data_format="channels_first"), first), (dict(pool_size=3, strides=1), ties),
        (dict(pool_size=2, padding="same"), floats(2, 1, 40)))
]
write("layers_windows", conv1d + pooling1d)
