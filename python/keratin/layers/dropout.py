# SPDX-License-Identifier: Apache-2.0
from keratin.layers.native_layer import NativeLayer


class Dropout(NativeLayer):
    """In training, sets a share of the inputs to 0 and divides the others by 1 - rate.

    Example:

    >>> layer = keratin.layers.Dropout(0.5, seed=1)
    >>> layer(np.ones((1, 4)), training=True)  # some 0, the others 2

    Args:
        rate: the share, from 0 to 1.
        noise_shape: the shape of the choice, broadcast over the inputs; None in it: as the inputs.
        seed: an integer, or None for other choices in every run.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        if isinstance(noise_shape, list):
            noise_shape = tuple(noise_shape)
        self._make(kwargs, rate=rate, noise_shape=noise_shape, seed=seed)


class SpatialDropout1D(NativeLayer):
    """Dropout of whole channels: the choice is made once for all steps of a sample.

    Example:

    >>> layer = keratin.layers.SpatialDropout1D(0.5)
    >>> layer(np.ones((1, 5, 3)), training=True).shape
    (1, 5, 3)

    Args:
        rate: the share of the channels, from 0 to 1.
        seed: an integer, or None for other choices in every run.
        name: its name, or None for an automatic one.
        dtype: None or "float32".

    Input shape:
        (batch, steps, channels).

    Output shape:
        That of the inputs.
    """

    def __init__(self, rate, seed=None, name=None, dtype=None, **kwargs):
        self._make({"name": name, "dtype": dtype, **kwargs}, rate=rate, seed=seed)
