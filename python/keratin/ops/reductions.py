# SPDX-License-Identifier: Apache-2.0
"""Along axes: sums and their kind, statistics, norms, running sums. Keras: `keras.ops.numpy`, `keras.ops.linalg`.

`axis` is an axis, several, or None: all of them. Equals share the derivative of a maximum.
"""
import numpy as np

from keratin import _core
from keratin.keras_tensor import KerasTensor, apply, in_pass
from keratin.ops._options import dtype_name, kind_of
from keratin.ops.elementwise import cast, divide, isclose, multiply, not_equal, subtract
from keratin.ops.indexing import get_item
from keratin.ops.shapes import diagonal, from_first, ndim, reshape, squeeze

__all__ = ["all", "allclose", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero", "cumprod", "cumsum", "diff",
           "logsumexp", "max", "mean", "min", "moments", "norm", "prod", "ptp", "std", "sum", "trace", "var"]


def sum(x, axis=None, keepdims=False):
    """The sum along `axis`, or of all."""
    return apply("Sum", (x,), {"axis": axis, "keepdims": keepdims})


def mean(x, axis=None, keepdims=False):
    """The mean along `axis`, or of all."""
    return apply("Mean", (x,), {"axis": axis, "keepdims": keepdims})


def prod(x, axis=None, keepdims=False, dtype=None):
    """The product along `axis`, or of all; of bools, and as such, whether none is 0."""
    x = cast(x, "bool") if dtype is not None and dtype_name(dtype) == "bool" else x
    return apply("Prod", (x,), {"axis": axis, "keepdims": keepdims, "dtype": dtype_name(dtype)})


def max(x, axis=None, keepdims=False, initial=None):
    """The largest element along `axis`, or of all, at least `initial`."""
    return apply("Max", (x,), {"axis": axis, "keepdims": keepdims, "initial": _as_start(x, initial)})


def min(x, axis=None, keepdims=False, initial=None):
    """The smallest element along `axis`, or of all, at most `initial`."""
    return apply("Min", (x,), {"axis": axis, "keepdims": keepdims, "initial": _as_start(x, initial)})


def _as_start(x, initial):
    """A number to begin with: of bools 0 or 1."""
    return int(bool(initial)) if initial is not None and kind_of(x) == "bool" else int(initial) if isinstance(initial, bool) else initial


def amax(x, axis=None, keepdims=False, initial=None):
    """The largest element along `axis`, or of all, at least `initial`."""
    if initial is not None:
        return max(x, axis, keepdims, initial)
    return apply("Amax", (x,), {"axis": axis, "keepdims": keepdims})


def amin(x, axis=None, keepdims=False, initial=None):
    """The smallest element along `axis`, or of all, at most `initial`."""
    if initial is not None:
        return min(x, axis, keepdims, initial)
    return apply("Amin", (x,), {"axis": axis, "keepdims": keepdims})


def any(x, axis=None, keepdims=False):
    """Whether an element along `axis` is not 0."""
    return apply("Any", (x,), {"axis": axis, "keepdims": keepdims})


def all(x, axis=None, keepdims=False):
    """Whether no element along `axis` is 0."""
    return apply("All", (x,), {"axis": axis, "keepdims": keepdims})


def allclose(x1, x2, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |x1 - x2| <= atol + rtol * |x2| for all elements."""
    return all(isclose(x1, x2, rtol, atol, equal_nan))


def count_nonzero(x, axis=None):
    """How many elements along `axis` are not 0."""
    return apply("CountNonzero", (x,), {"axis": axis})


def argmax(x, axis=None, keepdims=False):
    """Where along `axis`, or in the flat array, the largest element is: the first of equals."""
    return apply("Argmax", (x,), {"axis": axis, "keepdims": keepdims})


def argmin(x, axis=None, keepdims=False):
    """Where along `axis`, or in the flat array, the smallest element is: the first of equals."""
    return apply("Argmin", (x,), {"axis": axis, "keepdims": keepdims})


def cumsum(x, axis=None, dtype=None):
    """The sums up to each element along `axis`, or of the flat array."""
    return apply("Cumsum", (x,), {"axis": axis, "dtype": dtype_name(dtype)})


def cumprod(x, axis=None, dtype=None):
    """The products up to each element along `axis`, or of the flat array."""
    return apply("Cumprod", (x,), {"axis": axis, "dtype": dtype_name(dtype)})


def var(x, axis=None, keepdims=False):
    """The variance along `axis`, or of all."""
    return apply("Var", (x,), {"axis": axis, "keepdims": keepdims})


def std(x, axis=None, keepdims=False):
    """The standard deviation along `axis`, or of all."""
    return apply("Std", (x,), {"axis": axis, "keepdims": keepdims})


def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))), without overflow."""
    return apply("Logsumexp", (x,), {"axis": axis, "keepdims": keepdims})


def moments(x, axes, keepdims=False, synchronized=False):
    """The mean and the variance along `axes`: two arrays. There is one machine: `synchronized` must be False."""
    if synchronized:
        raise NotImplementedError("[ops.moments] synchronized=True is for several machines: there is one.")
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def average(x, axis=None, weights=None):
    """The mean along `axis`, or of all; with `weights`, of the elements or along the axis, the weighted one."""
    if weights is None:
        return mean(x, axis)
    if ndim(weights) == 1 and ndim(x) > 1:
        if not isinstance(axis, (int, np.integer)):
            raise ValueError(f"[ops.average] weights of one axis are for one `axis`. Received: axis={axis}")
        place = from_first(axis, x, "average")
        weights = reshape(weights, [-1 if i == place else 1 for i in range(ndim(x))])
    ones = apply("OnesLike", (x,), {"dtype": "float32"})
    return divide(sum(multiply(x, weights), axis), sum(multiply(ones, weights), axis))


def ptp(x, axis=None, keepdims=False):
    """The largest element less the smallest, along `axis` or of all."""
    return subtract(max(x, axis, keepdims), min(x, axis, keepdims))


def trace(x, offset=0, axis1=0, axis2=1):
    """The sum of a diagonal."""
    return sum(diagonal(x, offset, axis1, axis2), axis=-1)


def diff(a, n=1, axis=-1):
    """The differences of neighbours along `axis`, `n` times; of bools whether they differ."""
    before = (slice(None),) * from_first(axis, a, "diff")
    apart = not_equal if kind_of(a) == "bool" else subtract
    for _ in range(n):
        a = apart(get_item(a, (*before, slice(1, None))), get_item(a, (*before, slice(None, -1))))
    return a


def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors along `axis`, or of matrices where that is two axes.

    Args:
        x: an array.
        ord: None is the square root of the sum of squares. Of vectors: 1, 2, another number, inf or -inf. Of
            matrices: "fro", 1, -1, inf, -inf, 2 and -2 (the largest and smallest singular value) or "nuc" (the sum of them).
        axis: an axis, or a pair; None: all of them, which with an `ord` must be one or two.
        keepdims: whether the axes stay, of size 1.
    """
    x = in_pass(x)
    axes = tuple(range(ndim(x))) if axis is None else axis
    if ord in ("nuc", 2, -2) and isinstance(axes, (tuple, list)) and len(axes) == 2:
        found = _singular(x, ord, *(from_first(one, x, "norm") for one in axes))
        return found if keepdims else squeeze(found, axes)
    if isinstance(ord, float) and np.isinf(ord):
        ord = "inf" if ord > 0 else "-inf"
    return apply("Norm", (x,), {"ord": ord, "axis": axis, "keepdims": keepdims})


def _singular(x, ord, first, second):
    """The largest or smallest singular value, or the sum of all, of the matrices along two axes, which become 1."""
    is_value = isinstance(x, KerasTensor)
    if is_value and x._core.is_symbolic:
        raise NotImplementedError(f"[ops.norm] ord={ord!r} of matrices is not there on a symbolic value.")
    elements = x.numpy() if is_value else x
    matrices = np.moveaxis(np.asarray(elements, np.float32), (first, second), (-2, -1))
    u, s, vt = np.linalg.svd(matrices, full_matrices=False)
    if ord != "nuc":
        one = slice(0, 1) if ord == 2 else slice(-1, None)
        u, s, vt = u[..., :, one], s[..., one], vt[..., one, :]
    found = np.moveaxis(np.sum(s, axis=-1)[..., None, None], (-2, -1), (first, second))
    if not is_value:
        return found
    slope = np.moveaxis(u @ vt, (-2, -1), (first, second))
    return KerasTensor._of(_core.differentiable([found], [x._core], lambda slopes: [slopes[0] * slope])[0])
