# SPDX-License-Identifier: Apache-2.0
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
