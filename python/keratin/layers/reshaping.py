# SPDX-License-Identifier: Apache-2.0
import numpy as np

from keratin.layers.native_layer import NativeLayer


class Flatten(NativeLayer):
    """All axes behind the batch as one.

    Example:

    >>> keratin.layers.Flatten()(np.ones((2, 3, 4))).shape
    (2, 12)

    Args:
        data_format: "channels_last" (or None, the same).

    Input shape:
        (batch, ...).

    Output shape:
        (batch, product of the other axes).
    """

    def __init__(self, data_format=None, **kwargs):
        self._make(kwargs, data_format="channels_last" if data_format is None else data_format)


class Permute(NativeLayer):
    """The axes behind the batch in another order.

    Example:

    >>> keratin.layers.Permute((2, 1))(np.ones((5, 10, 64))).shape
    (5, 64, 10)

    Args:
        dims: a tuple: which axis stands where, counted from 1.

    Input shape:
        (batch, ...), with as many axes behind the batch as `dims` has.

    Output shape:
        (batch, ...), the axes in the new order.
    """

    def __init__(self, dims, **kwargs):
        self._make(kwargs, dims=tuple(dims))


class RepeatVector(NativeLayer):
    """Each vector `n` times.

    Example:

    >>> keratin.layers.RepeatVector(3)(np.ones((5, 32))).shape
    (5, 3, 32)

    Args:
        n: how often, an integer.

    Input shape:
        (batch, features).

    Output shape:
        (batch, n, features).
    """

    def __init__(self, n, **kwargs):
        if not isinstance(n, (int, np.integer)) or isinstance(n, bool):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        self._make(kwargs, n=int(n))


class Reshape(NativeLayer):
    """The same values under another shape.

    Example:

    >>> keratin.layers.Reshape((2, -1))(np.ones((5, 6))).shape
    (5, 2, 3)

    Args:
        target_shape: a tuple without the batch; one entry may be -1: what is left over.

    Input shape:
        (batch, ...).

    Output shape:
        (batch, *target_shape).
    """

    def __init__(self, target_shape, **kwargs):
        self._make(kwargs, target_shape=target_shape)
