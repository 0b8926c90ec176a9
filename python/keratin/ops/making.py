# SPDX-License-Identifier: Apache-2.0
"""Arrays made of nothing, or like another. Keras: `keras.ops.numpy`. float32 by default, as is `dtype=None`."""
import numpy as np

from keratin.keras_tensor import KerasTensor, apply
from keratin.ops._options import dtype_name, plain
from keratin.ops.elementwise import cast, where
from keratin.ops.shapes import broadcast_to

__all__ = ["arange", "empty", "empty_like", "eye", "full", "full_like", "identity", "linspace", "logspace", "ones",
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
    return apply("FullLike", (x,), {"fill_value": fill_value, "dtype": dtype_name(dtype)})


def arange(start, stop=None, step=None, dtype=None):
    """Numbers from `start` (0 where it is all that is given) up to `stop`, which is not among them: int32, or float32."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        whole = all(np.asarray(one).dtype.kind in "iub" for one in (start, stop, step))
        dtype = "int32" if whole else "float32"
    return np.arange(start, stop, step).astype(dtype_name(dtype))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` numbers at equal distances from `start` to `stop`, which `endpoint` includes; `retstep`: and the distance."""
    found = np.linspace(start, stop, num, endpoint, retstep, axis=axis)
    if retstep:
        return found[0].astype(_kind(dtype)), np.float32(found[1])
    return found.astype(_kind(dtype))


def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`base` to the powers that linspace gives."""
    return np.logspace(start, stop, num, endpoint, base, axis=axis).astype(_kind(dtype))


def eye(N, M=None, k=0, dtype=None):
    """N rows and M columns (None: N) with ones on the diagonal `k`, else zeros."""
    return np.eye(N, M, k, _kind(dtype))


def identity(n, dtype=None):
    """`n` rows and columns with ones on the diagonal."""
    return np.eye(n, dtype=_kind(dtype))


def tri(N, M=None, k=0, dtype=None):
    """N rows and M columns (None: N) with ones on and below the diagonal `k`, else zeros."""
    return np.tri(N, M, k, _kind(dtype))
