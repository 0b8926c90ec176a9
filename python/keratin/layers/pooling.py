# SPDX-License-Identifier: Apache-2.0
from keratin.layers.native_layer import NativeLayer


class _GlobalPooling1D(NativeLayer):
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        self._make(kwargs, data_format="channels_last" if data_format is None else data_format,
                   keepdims=bool(keepdims))

    def __call__(self, inputs, mask=None, *, training=False):
        return super().__call__(inputs, mask=mask, training=training)


_ARGS = """

    Args:
        data_format: "channels_last" (or None, the same).
        keepdims: True keeps the steps as an axis of 1.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, width), or (batch, 1, width) with keepdims.
    """


class GlobalAveragePooling1D(_GlobalPooling1D):
    __doc__ = """The mean over the steps; with a mask, over the steps in the mask.

    Example:

    >>> keratin.layers.GlobalAveragePooling1D()(np.ones((2, 3, 4))).shape
    (2, 4)""" + _ARGS


class GlobalMaxPooling1D(_GlobalPooling1D):
    __doc__ = """The largest value over the steps.

    Example:

    >>> keratin.layers.GlobalMaxPooling1D()(np.ones((2, 3, 4))).shape
    (2, 4)""" + _ARGS


class GlobalSumPooling1D(_GlobalPooling1D):
    __doc__ = """The sum over the steps; with a mask, over the steps in the mask. Ours: Keras has none.

    Example:

    >>> keratin.layers.GlobalSumPooling1D()(np.ones((2, 3, 4)))[0]
    array([3., 3., 3., 3.], dtype=float32)""" + _ARGS
