# SPDX-License-Identifier: Apache-2.0
"""Counted, and along a line: histograms, integrals, correlations, windows of signals. Keras: `keras.ops.numpy`."""
import numpy as np

from keratin.keras_tensor import KerasTensor, in_pass
from keratin.ops.elementwise import (add, as_floats, cast, divide, equal, greater_equal, less_equal, logical_and, multiply, sqrt, subtract,
                                     where)
from keratin.ops.indexing import get_item
from keratin.ops.making import linspace
from keratin.ops.products import matmul
from keratin.ops.reductions import diff, mean, sum
from keratin.ops.shapes import diagonal, expand_dims, from_first, ndim, pad, ravel, reshape, transpose
from keratin.ops.shapes import sizes_of as shape
from keratin.ops.sorting import searchsorted, segment_sum, take

__all__ = ["bartlett", "blackman", "corrcoef", "correlate", "hamming", "hanning", "histogram", "kaiser", "trapezoid"]


def _window(name, does):
    def operation(x):
        return getattr(np, name)(int(x)).astype(np.float32)

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"The window of {does} with x points, which is a number."
    return operation


bartlett = _window("bartlett", "Bartlett, a triangle,")
blackman = _window("blackman", "Blackman")
hamming = _window("hamming", "Hamming")
hanning = _window("hanning", "von Hann")


def kaiser(x, beta):
    """The window of Kaiser with x points, which is a number, and the parameter `beta`."""
    return np.kaiser(int(x), float(beta)).astype(np.float32)


def histogram(x, bins=10, range=None):
    """How many elements of a vector are in each of `bins` intervals of one length, and where these begin and end.

    Args:
        x: a vector.
        bins: how many.
        range: the ends, a tuple; None: the smallest and the largest element. What is outside is not counted.

    Returns:
        The counts (int32), and `bins + 1` ends.
    """
    if not isinstance(bins, int):
        raise TypeError(f"Argument `bins` must be of type `int`. Received: bins={bins}")
    if bins < 0:
        raise ValueError(f"Argument `bins` should be a non-negative integer. Received: bins={bins}")
    if range:
        if not isinstance(range, tuple) or len(range) != 2:
            raise ValueError(f"Argument `range` must be a tuple of two elements. Received: range={range}")
        if range[1] < range[0]:
            raise ValueError(f"The second element of `range` must be greater than the first. Received: range={range}")
    if ndim(x) > 1:
        raise ValueError(f"Input tensor must be 1-dimensional. Received: input.shape={shape(x)}")
    x = in_pass(x)
    if not isinstance(x, KerasTensor):
        counts, ends = np.histogram(np.asarray(x), bins, range or None)
        return counts.astype(np.int32), ends.astype(np.float32)
    x = ravel(cast(x, "float32"))
    low, high = range or (x.min(), x.max())
    if not range:  # of equals: a half to both sides, as in NumPy
        half = where(equal(low, high), np.float32(0.5), np.float32(0))
        low, high = low - half, high + half
    ends = linspace(low, high, bins + 1)
    inside = cast(logical_and(greater_equal(x, low), less_equal(x, high)), "int32")
    place = subtract(searchsorted(ends, x, side="right"), 1).clip(0, bins - 1)  # the last one has its end
    return segment_sum(inside, place, bins), ends


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral of y along `axis` by the rule of trapezoids; at the points x (a vector, or one for each of y), or at
    distances `dx`."""
    y, axis = as_floats(y), from_first(axis, y, "trapezoid")
    if x is not None:
        along = ndim(x) == 1
        dx = diff(x, axis=0 if along else axis)
        dx = reshape(dx, [1] * axis + [-1] + [1] * (ndim(y) - axis - 1)) if along else dx
    before = (slice(None),) * axis
    both = add(get_item(y, (*before, slice(1, None))), get_item(y, (*before, slice(None, -1))))
    return sum(multiply(divide(both, 2.0), dx), axis=axis)


def corrcoef(x):
    """How the rows of x go together: Pearson's correlation of each with each."""
    x = expand_dims(x, 0) if ndim(x) == 1 else x
    apart = subtract(x, mean(x, axis=1, keepdims=True))
    together = matmul(apart, transpose(apart))
    size = sqrt(diagonal(together))
    found = divide(divide(together, expand_dims(size, 0)), expand_dims(size, 1)).clip(-1, 1)
    return reshape(found, ()) if shape(x)[0] == 1 else found


def correlate(x1, x2, mode="valid"):
    """The sums of products of x1 with x2 at every place along it, both vectors of known size.

    Args:
        x1, x2: vectors.
        mode: "valid", where the shorter one lies within the longer; "full", where they meet; "same", the middle of it, of
            the length of the longer.
    """
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"`mode` must be either `valid`, `same`, or `full`, but received: {mode}")
    for name, x in (("x1", x1), ("x2", x2)):
        if ndim(x) != 1:
            raise ValueError(f"`{name}` must be a 1-dimensional tensor, but received shape {shape(x)}")
    n, m = shape(x1)[0], shape(x2)[0]
    if n is None or m is None:
        raise ValueError("[ops.correlate] the sizes of both must be known.")
    padded = pad(cast(x1, "float32"), ((m - 1, m - 1),))
    windows = take(padded, np.arange(n + m - 1)[:, None] + np.arange(m), axis=0)
    full = matmul(windows, cast(x2, "float32"))
    if mode == "full":
        return full
    shorter, longer = min(n, m), max(n, m)
    first, size = (shorter - 1, longer - shorter + 1) if mode == "valid" else ((shorter - 1) // 2, longer)
    return get_item(full, slice(first, first + size))
