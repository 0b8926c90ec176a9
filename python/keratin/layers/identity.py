# SPDX-License-Identifier: Apache-2.0
from keratin.layers.native_layer import NativeLayer


class Identity(NativeLayer):
    """The inputs as they are: a place where a layer may stand. A mask passes through.

    Example:

    >>> keratin.layers.Identity()([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)

    Args:
        **kwargs: what all layers take, `name`.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, **kwargs):
        self._make(kwargs)
