# SPDX-License-Identifier: Apache-2.0
"""Products of vectors, matrices, and along any axes. Keras: `keras.ops.numpy`."""
import numpy as np

from keratin._arguments import plain
from keratin.keras_tensor import apply
from keratin.ops.elementwise import equal, maximum, multiply, negative, power, subtract, where
from keratin.ops.indexing import get_item
from keratin.ops.shapes import expand_dims, flip, moveaxis, stack
from keratin.ops.shapes import sizes_of as shape

__all__ = ["cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vander", "vdot"]


def matmul(x1, x2):
    """The product of matrices; of a vector where one has one axis."""
    return apply("Matmul", (x1, x2))


def dot(x1, x2):
    """The sum of products over the last axis of x1 and the last but one of x2; of numbers, as multiply."""
    return apply("Dot", (x1, x2))


def inner(x1, x2):
    """The sum of products over the last axis of both."""
    return apply("Inner", (x1, x2))


def outer(x1, x2):
    """The product of each element with each."""
    return apply("Outer", (x1, x2))


def vdot(x1, x2):
    """The sum of the products of all elements."""
    return apply("Vdot", (x1, x2))


def tensordot(x1, x2, axes=2):
    """The sum of products over axes: the last and the first `axes`, or two lists of them."""
    return apply("Tensordot", (x1, x2), {"axes": plain(axes)})


def einsum(subscripts, *operands, **kwargs):
    """The sum of products as the letters say: "ij,jk->ik"."""
    if kwargs:
        raise ValueError(f"[ops.einsum] unknown arguments: {sorted(kwargs)}")
    return apply("Einsum", operands, {"subscripts": subscripts})


def kron(x1, x2):
    """Each element of x1 times the whole of x2."""
    return apply("Kron", (x1, x2))


def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of three elements along an axis; those of two have 0 as the third, and of two such
    vectors there is the third element alone."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = (moveaxis(x, along, 0) for x, along in ((x1, axisa), (x2, axisb)))
    sizes = [shape(x)[0] for x in (a, b)]
    if any(size not in (2, 3) for size in sizes):
        raise ValueError(f"[ops.cross] vectors must have 2 or 3 elements. Received: shapes {shape(x1)} and {shape(x2)}")
    a, b = ([get_item(x, i) for i in range(size)] for x, size in ((a, sizes[0]), (b, sizes[1])))
    found = {}
    for i in (0, 1, 2) if 3 in sizes else (2,):
        j, k = (i + 1) % 3, (i + 2) % 3
        plus, minus = (multiply(a[m], b[n]) if m < len(a) and n < len(b) else None for m, n in ((j, k), (k, j)))
        found[i] = plus if minus is None else negative(minus) if plus is None else subtract(plus, minus)
    return stack([found[i] for i in range(3)], axisc) if 3 in sizes else found[2]


def vander(x, N=None, increasing=False):
    """The powers of each element of a vector as a row: N of them (None: as many as there are elements) from the largest to
    0, or `increasing`."""
    if N is None:
        place = apply("Cumsum", (apply("OnesLike", (x,), {"dtype": "int32"}),), {"axis": 0, "dtype": None})
        powers = subtract(place, np.int32(1))
    else:
        powers = np.arange(N, dtype=np.int32)
    powers = expand_dims(powers if increasing else flip(powers), 0)
    return where(equal(powers, 0), 1, power(expand_dims(x, 1), maximum(powers, 1)))
