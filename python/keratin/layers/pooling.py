# SPDX-License-Identifier: Apache-2.0
from keratin._arguments import flag
from keratin.layers.convolution import data_format_of, numbers
from keratin.layers.native_layer import NativeLayer


class _GlobalPooling1D(NativeLayer):
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        self._make(kwargs, data_format=data_format_of(data_format), keepdims=flag(keepdims))

    def __call__(self, inputs, mask=None, *, training=False):
        return super().__call__(inputs, mask=mask, training=training)


_ARGS = """

    Args:
        data_format: "channels_last" (or None, the same) or "channels_first".
        keepdims: True keeps the steps as an axis of 1.

    Input shape:
        (batch, steps, width); (batch, width, steps) with "channels_first".

    Output shape:
        (batch, width), or (batch, 1, width) with keepdims; (batch, width, 1) with "channels_first".
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


class _Pooling(NativeLayer):
    _axes = 1
    _tuples = ("pool_size", "strides")

    def _make_pooling(self, pool_size, strides, padding, data_format, name, kwargs):
        size = numbers(pool_size, self._axes)
        self._make({"name": name, **kwargs}, pool_size=size,
                   strides=size if strides is None else numbers(strides, self._axes), padding=padding,
                   data_format=data_format_of(data_format))


_WINDOWS_1D = """

    Args:
        pool_size: how many steps a window has.
        strides: how many steps lie between the begins of windows; None: pool_size.
        padding: "valid" (windows lie on steps whole) or "same" (a window for each `strides` steps).
        data_format: "channels_last" (or None, the same) or "channels_first".
        name: its name, or None for an automatic one.

    Input shape:
        (batch, steps, width); (batch, width, steps) with "channels_first".

    Output shape:
        (batch, windows, width); (batch, width, windows) with "channels_first".
    """


class MaxPooling1D(_Pooling):
    __doc__ = """The largest value of each window of steps.

    Example:

    >>> keratin.layers.MaxPooling1D(2)(np.ones((2, 6, 4))).shape
    (2, 3, 4)""" + _WINDOWS_1D

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        self._make_pooling(pool_size, strides, padding, data_format, name, kwargs)


class AveragePooling1D(_Pooling):
    __doc__ = """The mean of each window of steps.

    Example:

    >>> keratin.layers.AveragePooling1D(2)(np.ones((2, 6, 4))).shape
    (2, 3, 4)""" + _WINDOWS_1D

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        self._make_pooling(pool_size, strides, padding, data_format, name, kwargs)


class _Pooling2D(_Pooling):
    _axes = 2


_WINDOWS_2D = """

    Args:
        pool_size: how many rows and columns a window has.
        strides: how many lie between the begins of windows; None: pool_size.
        padding: "valid" (windows lie on places whole) or "same" (a window for each `strides` places).
        data_format: "channels_last" (or None, the same) or "channels_first".
        name: its name, or None for an automatic one.

    Input shape:
        (batch, rows, columns, width); (batch, width, rows, columns) with "channels_first".

    Output shape:
        (batch, windows, windows, width); (batch, width, windows, windows) with "channels_first".
    """


class MaxPooling2D(_Pooling2D):
    __doc__ = """The largest value of each window of rows and columns.

    Example:

    >>> keratin.layers.MaxPooling2D(2)(np.ones((2, 6, 8, 4))).shape
    (2, 3, 4, 4)""" + _WINDOWS_2D

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        self._make_pooling(pool_size, strides, padding, data_format, name, kwargs)


class AveragePooling2D(_Pooling2D):
    __doc__ = """The mean of each window of rows and columns.

    Example:

    >>> keratin.layers.AveragePooling2D(2)(np.ones((2, 6, 8, 4))).shape
    (2, 3, 4, 4)""" + _WINDOWS_2D

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        self._make_pooling(pool_size, strides, padding, data_format, name, kwargs)


class _AdaptivePooling(NativeLayer):
    _axes = 1
    _tuples = ("output_size",)

    def __init__(self, output_size, data_format=None, **kwargs):
        self._make(kwargs, output_size=numbers(output_size, self._axes), data_format=data_format_of(data_format))


_ADAPTIVE_1D = """

    Windows may overlap, and be of two sizes, where the steps cannot be shared out evenly.

    Args:
        output_size: how many windows there are.
        data_format: "channels_last" (or None, the same) or "channels_first".

    Input shape:
        (batch, steps, width); (batch, width, steps) with "channels_first".

    Output shape:
        (batch, output_size, width); (batch, width, output_size) with "channels_first".
    """


class AdaptiveAveragePooling1D(_AdaptivePooling):
    __doc__ = """The mean of each of so many windows, whatever the number of steps.

    Example:

    >>> keratin.layers.AdaptiveAveragePooling1D(2)(np.ones((2, 7, 4))).shape
    (2, 2, 4)""" + _ADAPTIVE_1D


class AdaptiveMaxPooling1D(_AdaptivePooling):
    __doc__ = """The largest value of each of so many windows, whatever the number of steps.

    Example:

    >>> keratin.layers.AdaptiveMaxPooling1D(2)(np.ones((2, 7, 4))).shape
    (2, 2, 4)""" + _ADAPTIVE_1D


class _AdaptivePooling2D(_AdaptivePooling):
    _axes = 2


_ADAPTIVE_2D = """

    Windows may overlap, and be of two sizes, where rows or columns cannot be shared out evenly.

    Args:
        output_size: how many windows there are along rows and columns: a number, or one for each.
        data_format: "channels_last" (or None, the same) or "channels_first".

    Input shape:
        (batch, rows, columns, width); (batch, width, rows, columns) with "channels_first".

    Output shape:
        (batch, windows, windows, width); (batch, width, windows, windows) with "channels_first".
    """


class AdaptiveAveragePooling2D(_AdaptivePooling2D):
    __doc__ = """The mean of each of so many windows, whatever the number of rows and columns.

    Example:

    >>> keratin.layers.AdaptiveAveragePooling2D((2, 3))(np.ones((2, 5, 7, 4))).shape
    (2, 2, 3, 4)""" + _ADAPTIVE_2D


class AdaptiveMaxPooling2D(_AdaptivePooling2D):
    __doc__ = """The largest value of each of so many windows, whatever the number of rows and columns.

    Example:

    >>> keratin.layers.AdaptiveMaxPooling2D((2, 3))(np.ones((2, 5, 7, 4))).shape
    (2, 2, 3, 4)""" + _ADAPTIVE_2D


class _GlobalPooling2D(NativeLayer):
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        self._make(kwargs, data_format=data_format_of(data_format), keepdims=flag(keepdims))


_ARGS_2D = """

    Args:
        data_format: "channels_last" (or None, the same) or "channels_first".
        keepdims: True keeps rows and columns as axes of 1.

    Input shape:
        (batch, rows, columns, width); (batch, width, rows, columns) with "channels_first".

    Output shape:
        (batch, width), or with keepdims (batch, 1, 1, width) or (batch, width, 1, 1).
    """


class GlobalAveragePooling2D(_GlobalPooling2D):
    __doc__ = """The mean over rows and columns.

    Example:

    >>> keratin.layers.GlobalAveragePooling2D()(np.ones((2, 3, 4, 5))).shape
    (2, 5)""" + _ARGS_2D


class GlobalMaxPooling2D(_GlobalPooling2D):
    __doc__ = """The largest value over rows and columns.

    Example:

    >>> keratin.layers.GlobalMaxPooling2D()(np.ones((2, 3, 4, 5))).shape
    (2, 5)""" + _ARGS_2D
