# SPDX-License-Identifier: Apache-2.0
from keratin.layers.convolution import data_format_of
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


class SpatialDropout2D(NativeLayer):
    """Dropout of whole channels of (batch, rows, columns, channels): the choice is made once for all places of a sample.

    Example:

    >>> layer = keratin.layers.SpatialDropout2D(0.5)
    >>> layer(np.ones((1, 5, 5, 3)), training=True).shape
    (1, 5, 5, 3)

    Args:
        rate: the share of the channels, from 0 to 1.
        data_format: "channels_last" (or None, the same) or "channels_first".
        seed: an integer, or None for other choices in every run.
        name: its name, or None for an automatic one.
        dtype: None or "float32".

    Input shape:
        (batch, rows, columns, channels); (batch, channels, rows, columns) with "channels_first".

    Output shape:
        That of the inputs.
    """

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None, **kwargs):
        self._make({"name": name, "dtype": dtype, **kwargs}, rate=rate, data_format=data_format_of(data_format), seed=seed)


class GaussianNoise(NativeLayer):
    """In training, adds normal numbers around 0.

    Example:

    >>> layer = keratin.layers.GaussianNoise(0.1)
    >>> layer(np.ones((2, 3)), training=True).shape
    (2, 3)

    Args:
        stddev: how large they are, from 0 to 1.
        seed: an integer, or None for others in every run.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, stddev, seed=None, **kwargs):
        self._make(kwargs, stddev=stddev, seed=seed)


class GaussianDropout(NativeLayer):
    """In training, multiplies with normal numbers around 1, of standard deviation `sqrt(rate / (1 - rate))`.

    Example:

    >>> layer = keratin.layers.GaussianDropout(0.5)
    >>> layer(np.ones((2, 3)), training=True).shape
    (2, 3)

    Args:
        rate: as that of Dropout, from 0 to 1.
        seed: an integer, or None for others in every run.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, rate, seed=None, **kwargs):
        self._make(kwargs, rate=rate, seed=seed)


class AlphaDropout(NativeLayer):
    """Dropout for selu: in training, a share of the inputs becomes selu's limit, and mean and variance stay.

    Example:

    >>> layer = keratin.layers.AlphaDropout(0.5)
    >>> layer(np.ones((2, 3)), training=True).shape
    (2, 3)

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


class ActivityRegularization(NativeLayer):
    """Its inputs, with a penalty `l1 * sum(abs(x)) + l2 * sum(x ** 2)` on them, divided by the batch size.

    Example:

    >>> layer = keratin.layers.ActivityRegularization(l1=0.1)
    >>> layer(np.ones((2, 3))).shape
    (2, 3)

    Args:
        l1: the factor of the sum of absolute values.
        l2: the factor of the sum of squares.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        self._make(kwargs, l1=l1, l2=l2)
