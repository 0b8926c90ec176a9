# SPDX-License-Identifier: Apache-2.0
"""layers_normalization.json: layers that normalize: see make_layers.py."""
import numpy as np
from golden import keras, write
from layer_case import Cases

cases = Cases(22)
case, floats = cases.case, cases.floats
L = keras.layers

x = floats(3, 4, 5) + 0.5
image = floats(2, 3, 4, 5)
mask = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
batch = [
    case(L.BatchNormalization(**arguments), given, mask=its_mask, training=training)
    for training in (False, True)
    for arguments, given, its_mask in (
        ({}, x, None), ({}, x, mask), (dict(axis=1), x, None), (dict(axis=1), x, mask), (dict(axis=2), image, None),
        (dict(center=False), x, None), (dict(scale=False), x, mask), (dict(scale=False, center=False), x, None),
        (dict(momentum=0.7, epsilon=0.1), floats(6, 3), None), ({}, x, np.zeros_like(mask)),
        (dict(trainable=False), x, None))
] + [
    case(L.BatchNormalization(gamma_regularizer="l2", beta_regularizer="l1", gamma_constraint="non_neg",
                              beta_constraint="max_norm", gamma_initializer="zeros", beta_initializer="ones",
                              moving_mean_initializer="ones", moving_variance_initializer="zeros"), x, training=True),
    case(L.BatchNormalization(renorm=True), x, training=True),
    case(L.BatchNormalization(renorm=True), x),
    case(L.BatchNormalization(renorm=True, renorm_clipping={"rmax": 1.1, "rmin": 0.9, "dmax": 0.2}, renorm_momentum=0.6,
                              scale=False), x, mask=mask, training=True),
    case(L.BatchNormalization(renorm=True, renorm_clipping={"rmax": 3.0}, center=False), floats(300, 2), training=True),
]
layer = [
    case(L.LayerNormalization(), x, mask=mask),
    case(L.LayerNormalization(axis=1), x),
    case(L.LayerNormalization(axis=[1, 2]), x),
    case(L.LayerNormalization(axis=(3, 1), epsilon=0.1), image),
    case(L.LayerNormalization(center=False), x),
    case(L.LayerNormalization(scale=False), x),
    case(L.LayerNormalization(scale=False, center=False), x),
    case(L.LayerNormalization(rms_scaling=True), x),
    case(L.LayerNormalization(axis=1, rms_scaling=True), x),
    case(L.LayerNormalization(gamma_regularizer="l2", beta_regularizer="l1", gamma_constraint="non_neg",
                              beta_constraint="max_norm", gamma_initializer="zeros", beta_initializer="ones"),
         floats(4, 37)),
]
write("layers_normalization", batch + layer)
