# SPDX-License-Identifier: Apache-2.0
"""Arrays made of nothing, or like another. Keras: `keras.ops.numpy`. float32 by default, as is `dtype=None`."""
import numpy as np

from keratin import _core
from keratin._arguments import plain
from keratin.keras_tensor import KerasTensor, apply, in_pass
from keratin.ops._options import dtype_name
from keratin.ops.elementwise import add, cast, divide, multiply, power, subtract, where
from keratin.ops.shapes import broadcast_to, expand_dims, ndim, reshape
from keratin.ops.shapes import sizes_of as shape_of

__all__ = ["arange", "empty", "empty_like", "eye", "full", "full_like", "geomspace", "identity", "linspace", "logspace", "ones",
           "ones_like", "tri", "zeros", "zeros_like"]


def _kind(dtype):
    return "float32" if dtype is None else dtype_name(dtype)


def zeros(shape, dtype=None):
    """Zeros."""
    return np.zeros(shape, _kind(dtype))


def ones(shape, dtype=None):
    """Ones."""
    return np.ones(shape, _kind(dtype))


def empty(shape, dtype=None):
    """An array whose elements mean nothing: zeros."""
    return np.zeros(shape, _kind(dtype))


def full(shape, fill_value, dtype=None):
    """One value everywhere."""
    fill_value = in_pass(fill_value)
    if isinstance(fill_value, KerasTensor):
        return broadcast_to(cast(fill_value, _kind(dtype)), (shape,) if isinstance(shape, int) else shape)
    return np.full(shape, fill_value, _kind(dtype))


def zeros_like(x, dtype=None):
    """Zeros of the same shape, and by default of the same type."""
    return apply("ZerosLike", (x,), {"dtype": dtype_name(dtype)})


def ones_like(x, dtype=None):
    """Ones of the same shape, and by default of the same type."""
    return apply("OnesLike", (x,), {"dtype": dtype_name(dtype)})


def empty_like(x, dtype=None):
    """An array of the same shape whose elements mean nothing: zeros."""
    return zeros_like(x, dtype)


def full_like(x, fill_value, dtype=None):
    """One value everywhere, in the same shape, and by default of the same type."""
    fill_value = plain(fill_value)
    if not isinstance(fill_value, (bool, int, float)):
        like = zeros_like(x, dtype)
        return cast(where(True, fill_value, like), like.dtype if dtype is None else dtype)
    return apply("FullLike", (x,), {"fill_value": fill_value + 0, "dtype": dtype_name(dtype)})  # of a bool, 0 or 1


def arange(start, stop=None, step=None, dtype=None):
    """Numbers from `start` (0 where it is all that is given) up to `stop`, which is not among them: int32, or float32."""
    if stop is None:
        if _core.is_traced() and (step is not None or isinstance(start, int) and start == 0):
            raise ValueError("[ops.arange] stop is None: a size that is not known yet.")
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        whole = all(np.asarray(one).dtype.kind in "iub" for one in (start, stop, step))
        dtype = "int32" if whole else "float32"
    return np.arange(start, stop, step).astype(dtype_name(dtype))


def _have_elements(*ends):
    return not any(isinstance(end, KerasTensor) for end in map(in_pass, ends))


def _part(start, stop, num, endpoint, axis):
    """Both ends with the new axis, and along it the parts of the way, from 0 on."""
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = (cast(end, "float32") for end in (start, stop))
    rank = max(ndim(start), ndim(stop)) + 1
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} is out of bounds for array of dimension {rank}")
    parts = np.linspace(0, 1, num, endpoint).reshape([-1 if i == axis % rank else 1 for i in range(rank)]).astype(np.float32)
    # The one of fewer axes broadcasts from the last: the new axis is not before its first.
    ends = [expand_dims(reshape(end, (1,) * (rank - 1 - ndim(end)) + _sizes(end)) if ndim(end) < rank - 1 else end, axis)
            for end in (start, stop)]
    return (*ends, parts)


def _sizes(x):
    return tuple(-1 if size is None else size for size in shape_of(x))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` numbers at equal distances from `start` to `stop`, which `endpoint` includes; `retstep`: and the distance."""
    if _have_elements(start, stop):
        found = np.linspace(start, stop, num, endpoint, retstep, axis=axis)
        if retstep:
            return found[0].astype(_kind(dtype)), np.float32(found[1])
        return found.astype(_kind(dtype))
    first, last, parts = _part(start, stop, num, endpoint, axis)
    found = cast(add(multiply(first, 1 - parts), multiply(last, parts)), _kind(dtype))
    if not retstep:
        return found
    count = num - 1 if endpoint else num
    return found, multiply(subtract(stop, start), 1 / count if count > 0 else float("nan"))


def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`base` to the powers that linspace gives."""
    if _have_elements(start, stop):
        return np.logspace(start, stop, num, endpoint, base, axis=axis).astype(_kind(dtype))
    return cast(power(float(base), linspace(start, stop, num, endpoint, axis=axis)), _kind(dtype))


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` numbers from `start` to `stop`, which `endpoint` includes, each the same multiple of the one before."""
    if _have_elements(start, stop):
        return np.geomspace(start, stop, num, endpoint, axis=axis).astype(_kind(dtype))
    first, last, parts = _part(start, stop, num, endpoint, axis)
    return cast(multiply(first, power(divide(last, first), parts)), _kind(dtype))


def eye(N, M=None, k=0, dtype=None):
    """N rows and M columns (None: N) with ones on the diagonal `k`, else zeros."""
    return np.eye(N, M, k, _kind(dtype))


def identity(n, dtype=None):
    """`n` rows and columns with ones on the diagonal."""
    return np.eye(n, dtype=_kind(dtype))


def tri(N, M=None, k=0, dtype=None):
    """N rows and M columns (None: N) with ones on and below the diagonal `k`, else zeros."""
    return np.tri(N, M, k, _kind(dtype))
