# SPDX-License-Identifier: Apache-2.0
"""Reductions that leave NaN out. Keras: `keras.ops.numpy`. Where nothing is left it is what nothing gives: the sum 0, the
product 1, else NaN, and the place -1."""
import numpy as np

from keratin.ops import reductions
from keratin.ops._options import kind_of
from keratin.ops.elementwise import cast, divide, isnan, logical_not, sqrt, square, subtract, where
from keratin.ops.reductions import all, argmax, argmin, cumprod, cumsum, prod, sum

__all__ = ["nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum",
           "nanvar"]


def _filled(x, value):
    """x with a number in place of NaN, which only floats have."""
    return where(isnan(x), np.float32(value), x) if np.dtype(kind_of(x)).kind == "f" else x


def nansum(x, axis=None, keepdims=False):
    """The sum along `axis`, or of all, without NaN."""
    return sum(_filled(x, 0), axis, keepdims)


def nanprod(x, axis=None, keepdims=False):
    """The product along `axis`, or of all, without NaN."""
    return prod(_filled(x, 1), axis, keepdims)


def _count(x, axis, keepdims):
    return sum(cast(logical_not(isnan(x)), "float32"), axis, keepdims)


def nanmean(x, axis=None, keepdims=False):
    """The mean along `axis`, or of all, without NaN."""
    return divide(nansum(x, axis, keepdims), _count(x, axis, keepdims))


def nanvar(x, axis=None, keepdims=False):
    """The variance along `axis`, or of all, without NaN."""
    apart = where(isnan(x), np.float32(0), subtract(_filled(cast(x, "float32"), 0), nanmean(x, axis, keepdims=True)))
    return divide(sum(square(apart), axis, keepdims), _count(x, axis, keepdims))


def nanstd(x, axis=None, keepdims=False):
    """The standard deviation along `axis`, or of all, without NaN."""
    return sqrt(nanvar(x, axis, keepdims))


def nanmax(x, axis=None, keepdims=False):
    """The largest element along `axis`, or of all, without NaN."""
    return _or_nan(x, reductions.max(_filled(x, -np.inf), axis, keepdims), axis, keepdims)


def nanmin(x, axis=None, keepdims=False):
    """The smallest element along `axis`, or of all, without NaN."""
    return _or_nan(x, reductions.min(_filled(x, np.inf), axis, keepdims), axis, keepdims)


def _or_nan(x, found, axis, keepdims):
    if np.dtype(kind_of(x)).kind != "f":
        return found
    return where(all(isnan(x), axis, keepdims), np.float32(np.nan), found)


def nanargmax(x, axis=None, keepdims=False):
    """Where along `axis`, or in the flat array, the largest element is without NaN."""
    return where(all(isnan(x), axis, keepdims), np.int32(-1), argmax(_filled(x, -np.inf), axis, keepdims))


def nanargmin(x, axis=None, keepdims=False):
    """Where along `axis`, or in the flat array, the smallest element is without NaN."""
    return where(all(isnan(x), axis, keepdims), np.int32(-1), argmin(_filled(x, np.inf), axis, keepdims))


def nancumsum(x, axis=None, dtype=None):
    """The sums up to each element along `axis`, or of the flat array; NaN counts as 0."""
    return _running(cumsum, _filled(x, 0), axis, dtype)


def nancumprod(x, axis=None, dtype=None):
    """The products up to each element along `axis`, or of the flat array; NaN counts as 1."""
    return _running(cumprod, _filled(x, 1), axis, dtype)


def _running(function, x, axis, dtype):
    """`axis` may stand in a tuple, of one or of none."""
    for one in axis if isinstance(axis, (tuple, list)) else [axis]:
        x = function(x, one, dtype)
    return x
