# SPDX-License-Identifier: Apache-2.0
import numpy as np

from keratin._arguments import items, plain
from keratin.layers.convolution import data_format_of, numbers
from keratin.layers.native_layer import NativeLayer


class Flatten(NativeLayer):
    """All axes behind the batch as one.

    Example:

    >>> keratin.layers.Flatten()(np.ones((2, 3, 4))).shape
    (2, 12)

    Args:
        data_format: "channels_last" (or None, the same) or "channels_first": axis 1 comes last before the axes become one.

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

    _tuples = ("dims",)

    def __init__(self, dims, **kwargs):
        self._make(kwargs, dims=tuple(items("Permute", "dims", dims)))


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

    _tuples = ("target_shape",)

    def __init__(self, target_shape, **kwargs):
        self._make(kwargs, target_shape=target_shape)


class UpSampling1D(NativeLayer):
    """Each step `size` times.

    Example:

    >>> keratin.layers.UpSampling1D(3)(np.ones((2, 4, 5))).shape
    (2, 12, 5)

    Args:
        size: how often.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, size * steps, width).
    """

    def __init__(self, size=2, **kwargs):
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"[UpSampling1D] size must be a positive integer. Received: size={size!r} (of type "
                            f"{type(size).__name__})")
        self._make(kwargs, size=size)


class ZeroPadding1D(NativeLayer):
    """Zeros before and behind the steps.

    Example:

    >>> keratin.layers.ZeroPadding1D((1, 2))(np.ones((2, 4, 5))).shape
    (2, 7, 5)

    Args:
        padding: how many steps on both sides, or `(before, behind)`.
        data_format: "channels_last" (or None, the same) or "channels_first".

    Input shape:
        (batch, steps, width); (batch, width, steps) with "channels_first".

    Output shape:
        That of the inputs, with more steps.
    """

    _tuples = ("padding",)

    def __init__(self, padding=1, data_format=None, **kwargs):
        self._make(kwargs, padding=numbers(padding, 2), data_format=data_format_of(data_format))


class Cropping1D(NativeLayer):
    """Without the first and the last steps.

    Example:

    >>> keratin.layers.Cropping1D((1, 2))(np.ones((2, 4, 5))).shape
    (2, 1, 5)

    Args:
        cropping: how many steps go on both sides, or `(before, behind)`.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, steps that are left, width); one must be left.
    """

    _tuples = ("cropping",)

    def __init__(self, cropping=(1, 1), **kwargs):
        self._make(kwargs, cropping=numbers(cropping, 2))


class Rescaling(NativeLayer):
    """`scale * x + offset`.

    Example:

    >>> keratin.layers.Rescaling(1 / 255)(np.array([[0, 255]]))
    array([[0., 1.]], dtype=float32)

    Args:
        scale: a number, or one for each place of the last axis.
        offset: likewise.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, scale, offset=0.0, **kwargs):
        self._make(kwargs, scale=plain(scale), offset=plain(offset))
