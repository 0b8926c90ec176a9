# SPDX-License-Identifier: Apache-2.0
from keratin.layers.native_layer import NativeLayer


class Masking(NativeLayer):
    """Masks the steps whose values all equal `mask_value`.

    Example:

    >>> layer = keratin.layers.Masking(mask_value=0.0)
    >>> layer.compute_mask(np.array([[[1.0, 2.0], [0.0, 0.0]]]))
    array([[ True, False]])

    Args:
        mask_value: the value.

    Input shape:
        (batch, steps, width).

    Output shape:
        That of the inputs; masked steps are 0.
    """

    def __init__(self, mask_value=0.0, **kwargs):
        self._make(kwargs, mask_value=mask_value)
