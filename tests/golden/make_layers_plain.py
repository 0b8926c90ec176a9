# SPDX-License-Identifier: Apache-2.0
"""layers_plain.json: activations that are layers, noise, and layers that change steps: see make_layers.py."""
import numpy as np
from golden import keras, write
from layer_case import Cases

cases = Cases(23)
case, floats = cases.case, cases.floats
L = keras.layers

x = floats(3, 4, 5)
image = floats(2, 3, 4, 3)
mask = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
activations = [
    case(L.LeakyReLU(), x, mask=mask),
    case(L.LeakyReLU(negative_slope=0.05), x),
    case(L.ELU(), x, mask=mask),
    case(L.ELU(alpha=0.4), x),
    case(L.PReLU(), x, mask=mask),
    case(L.PReLU(shared_axes=[1]), x),
    case(L.PReLU(shared_axes=2, alpha_initializer="ones", alpha_regularizer="l2", alpha_constraint="non_neg"), x),
    case(L.PReLU(shared_axes=(1, 2)), image),
]
noise = [
    case(layer(**arguments), given, mask=its_mask, training=training)
    for training in (False, True)
    for layer, arguments, given, its_mask in (
        (L.GaussianNoise, dict(stddev=0.3, seed=3), x, mask), (L.GaussianNoise, dict(stddev=0.0), x, None),
        (L.GaussianDropout, dict(rate=0.4, seed=5), x, mask), (L.GaussianDropout, dict(rate=0.0), x, None),
        (L.AlphaDropout, dict(rate=0.3, seed=7), x, mask), (L.AlphaDropout, dict(rate=0.0), x, None),
        (L.AlphaDropout, dict(rate=0.6, seed=9, noise_shape=(None, 1, 5)), x, None),
        (L.SpatialDropout2D, dict(rate=0.5, seed=11), image, None),
        (L.SpatialDropout2D, dict(rate=0.5, seed=11, data_format="channels_first"), image, None))
] + [case(L.ActivityRegularization(l1=0.1, l2=0.2), x, mask=mask), case(L.ActivityRegularization(), x)]
normalization = [
    case(L.UnitNormalization(), x, mask=mask),
    case(L.UnitNormalization(axis=1), x),
    case(L.UnitNormalization(axis=[1, 2]), x),
    case(L.RMSNormalization(), x),
    case(L.RMSNormalization(axis=(1, 2), epsilon=0.1), x),
    case(L.GroupNormalization(groups=5), x, mask=mask),
    case(L.GroupNormalization(groups=1), x),
    case(L.GroupNormalization(groups=-1), x),
    case(L.GroupNormalization(groups=2, axis=1), x),
    case(L.GroupNormalization(groups=2, axis=2, epsilon=0.2), image),
    case(L.GroupNormalization(groups=3, axis=-1, center=False), image),
    case(L.GroupNormalization(groups=2, scale=False), floats(4, 6)),
    case(L.GroupNormalization(groups=5, gamma_regularizer="l2", beta_regularizer="l1", gamma_constraint="non_neg",
                              beta_constraint="max_norm", gamma_initializer="zeros", beta_initializer="ones"), x),
]
steps = [
    case(L.UpSampling1D(), x), case(L.UpSampling1D(3), x), case(L.ZeroPadding1D(), x), case(L.ZeroPadding1D((0, 2)), x),
    case(L.ZeroPadding1D(2, data_format="channels_first"), x), case(L.Cropping1D(), x), case(L.Cropping1D((2, 0)), x),
    case(L.Cropping1D(0), x), case(L.Rescaling(0.5, -1.0), x, mask=mask),
    case(L.Rescaling([0.5, 2.0, 1.0, -1.0, 0.0], offset=[0.0, 1.0, 2.0, 3.0, 4.0]), x),
    case(L.Rescaling(1 / 255), np.arange(12, dtype="int32").reshape(2, 6)),
]
write("layers_plain", activations + noise + normalization + steps)
